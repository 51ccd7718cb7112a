// HorizontalPodAutoscalers and their metrics.
function(lib) (import 'autoscaler.libsonnet')(lib) + (import 'metrics.libsonnet')(lib)
