// Envoy: what runs in the gateway's pods. It takes settings and stops, and knows nothing of the objects around it.
function(lib)
  (import 'bootstrap.libsonnet')(lib)
  + (import 'container.libsonnet')(lib)
  + (import 'listeners.libsonnet')(lib)
  + (import 'routes.libsonnet')(lib)
  + (import 'upstreams.libsonnet')(lib)
  + (import 'sizing.libsonnet')(lib)
  + (import 'duration.libsonnet')(lib)
