// Workloads: pods, and the controllers that run and spread them.
function(lib)
  (import 'objects.libsonnet')(lib)
  + (import 'pod.libsonnet')(lib)
  + (import 'container.libsonnet')(lib)
  + (import 'security.libsonnet')(lib)
  + (import 'spread.libsonnet')(lib)
