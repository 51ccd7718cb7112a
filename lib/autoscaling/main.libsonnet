// HorizontalPodAutoscalers and their metrics.
function(lib) (import 'metrics.libsonnet')(lib) + {
  local here = self,

  // The HorizontalPodAutoscaler of an app between a minimum and a maximum.
  autoscaler(app, scale)::
    local autoscaling = std.get(app.spec, 'autoscaling', {});
    {
      apiVersion: 'autoscaling/v2',
      kind: 'HorizontalPodAutoscaler',
      metadata: lib.core.metadata(app, app.name, {}),
      spec: {
        behavior: here.defaults.behavior + std.get(autoscaling, 'behavior', {}),
        maxReplicas: scale.max,
        metrics: here.metrics(autoscaling),
        minReplicas: scale.min,
        scaleTargetRef: { apiVersion: 'apps/v1', kind: app.spec.kind, name: app.name },
      },
    },
}
