// StatefulSets, with the Services that name their pods.
function(lib) (import 'statefulset.libsonnet')(lib) + (import 'headless.libsonnet')(lib)
