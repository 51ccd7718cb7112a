// Annotations and PodMonitors by which Prometheus discovers an app.
function(lib) (import 'scrape.libsonnet')(lib)
