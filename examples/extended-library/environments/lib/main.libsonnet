// The extension of the Sixfold library: an object that is put on top of it.
(import 'logging.libsonnet')
+ (import 'statsd.libsonnet')
+ (import 'security.libsonnet')
