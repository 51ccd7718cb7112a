// How callers reach a service: the names of the intra-dc road, and what the gateway does with a request for one.
(import 'names.libsonnet')
+ (import 'stops.libsonnet')
+ (import 'routes.libsonnet')
+ (import 'upstreams.libsonnet')
+ (import 'duration.libsonnet')
