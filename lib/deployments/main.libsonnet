// Deployments.
function(lib) (import 'deployment.libsonnet')(lib)
