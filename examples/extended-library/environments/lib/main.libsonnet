// What this platform does differently from the Sixfold library: a mixin that is put on top of it.
(import 'logging.libsonnet')
+ (import 'statsd.libsonnet')
+ (import 'security.libsonnet')
