// Files of a cluster that belong to no app: gateway, names of services, priority classes, namespaces of teams.
function(lib) (import 'files.libsonnet')(lib) + (import 'priority.libsonnet')(lib)
