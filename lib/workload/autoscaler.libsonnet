// The HorizontalPodAutoscaler of one cluster's share.
function(lib, app, scale)
  local autoscaling = std.get(app.spec, 'autoscaling', {});
  {
    apiVersion: 'autoscaling/v2',
    kind: 'HorizontalPodAutoscaler',
    metadata: lib.metadata(app, app.name, {}),
    spec: {
      behavior: lib.scalingBehavior + std.get(autoscaling, 'behavior', {}),
      maxReplicas: scale.max,
      metrics: lib.scalingMetrics(autoscaling),
      minReplicas: scale.min,
      scaleTargetRef: { apiVersion: 'apps/v1', kind: app.spec.kind, name: app.name },
    },
  }
