// Horizontal autoscaling.
{
  local lib = self,

  // The HorizontalPodAutoscaler, where the variant has a minimum and a maximum.
  autoscalers(app, variant)::
    local scale = std.get(variant, 'scale', {});
    if !('max' in scale) then [] else [{
      apiVersion: 'autoscaling/v2',
      kind: 'HorizontalPodAutoscaler',
      metadata: lib.metadata(app, app.name, {}),
      spec: {
        scaleTargetRef: { apiVersion: 'apps/v1', kind: app.spec.kind, name: app.name },
        minReplicas: scale.min,
        maxReplicas: scale.max,
        metrics: lib.scalingMetrics(std.get(app.spec, 'autoscaling', {})),
        behavior: lib.scalingBehavior + std.get(std.get(app.spec, 'autoscaling', {}), 'behavior', {}),
      },
    }],

  // Up at once, at most doubled every 15 seconds; down after ten calm minutes, a tenth a minute. A crowd arrives
  // faster than it leaves.
  scalingBehavior:: {
    scaleUp: {
      stabilizationWindowSeconds: 0,
      selectPolicy: 'Max',
      policies: [
        { type: 'Percent', value: 100, periodSeconds: 15 },
        { type: 'Pods', value: 4, periodSeconds: 15 },
      ],
    },
    scaleDown: {
      stabilizationWindowSeconds: 600,
      selectPolicy: 'Max',
      policies: [
        { type: 'Percent', value: 10, periodSeconds: 60 },
        { type: 'Pods', value: 1, periodSeconds: 60 },
      ],
    },
  },

  // CPU in percent of requests, for an autoscaler that names no metric.
  defaultCpuTarget:: 70,

  // What the autoscaler looks at.
  scalingMetrics(autoscaling)::
    local metrics =
      (if 'cpu' in autoscaling then [lib.resourceMetric('cpu', autoscaling.cpu)] else [])
      + (if 'memory' in autoscaling then [lib.resourceMetric('memory', autoscaling.memory)] else [])
      + [lib.customMetric(m) for m in std.get(autoscaling, 'metrics', [])];
    if metrics == [] then [lib.resourceMetric('cpu', lib.defaultCpuTarget)] else metrics,

  // Use of CPU or memory, in percent of requests.
  resourceMetric(name, utilization):: {
    type: 'Resource',
    resource: { name: name, target: { type: 'Utilization', averageUtilization: utilization } },
  },

  // A metric of the app's pods, or one from outside the cluster.
  customMetric(metric)::
    local field = 'spec.autoscaling.metrics[' + metric.name + ']';
    local type = std.get(metric, 'type', 'Pods');
    local target =
      if 'averageValue' in metric then { type: 'AverageValue', averageValue: lib.quantity(metric.averageValue) }
      else if type == 'Pods' then error field + '.averageValue: must be given for a metric of the pods'
      else if 'value' in metric then { type: 'Value', value: lib.quantity(metric.value) }
      else error field + ': must have averageValue or value';
    local body = {
      metric: {
        name: metric.name,
        [if 'selector' in metric then 'selector']: { matchLabels: metric.selector },
      },
      target: target,
    };
    lib.choice(field + '.type', type, {
      Pods: { type: 'Pods', pods: body },
      External: { type: 'External', external: body },
    }),
}
