// ConfigMaps with a digest of their content in their names, so that a change rolls the pods.
function(lib) (import 'config-map.libsonnet')(lib)
