// Services of an app, and the ports of its containers.
function(lib)
  (import 'objects.libsonnet')(lib)
  + (import 'ports.libsonnet')(lib)
