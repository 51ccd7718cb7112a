// DaemonSets.
function(lib) (import 'daemonset.libsonnet')(lib)
