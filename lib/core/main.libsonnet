// Labels and metadata, which every object of an app shares.
function(lib) (import 'labels.libsonnet')(lib)
