// Namespaces of teams: access, quota and network.
function(lib)
  (import 'objects.libsonnet')(lib)
  + (import 'namespace.libsonnet')(lib)
  + (import 'access.libsonnet')(lib)
  + (import 'quota.libsonnet')(lib)
  + (import 'network.libsonnet')(lib)
