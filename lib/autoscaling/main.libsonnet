// HorizontalPodAutoscalers and their metrics.
local util = import '../core/util.libsonnet';

// Use of CPU or memory, in percent of requests.
local resource(name, utilization) = {
  type: 'Resource',
  resource: { name: name, target: { type: 'Utilization', averageUtilization: utilization } },
};

// A metric of the app's pods, or one from outside the cluster.
local custom(metric) =
  local field = 'spec.autoscaling.metrics[' + metric.name + ']';
  local type = std.get(metric, 'type', 'Pods');
  local body = {
    metric: { name: metric.name, [if 'selector' in metric then 'selector']: { matchLabels: metric.selector } },
    target:
      if 'averageValue' in metric then { type: 'AverageValue', averageValue: util.quantity(metric.averageValue) }
      else if type == 'Pods' then error field + '.averageValue: must be given for a metric of the pods'
      else if 'value' in metric then { type: 'Value', value: util.quantity(metric.value) }
      else error field + ': must have averageValue or value',
  };
  util.choice(field + '.type', type, {
    Pods: { type: 'Pods', pods: body },
    External: { type: 'External', external: body },
  });

function(lib) {
  local here = self,

  // Settings of autoscaling that a manifest may replace.
  defaults:: {
    // Percent of requests that an autoscaler without any metric keeps the CPU at.
    cpu: 70,
    // Speed of scaling: up at once, at most doubled every 15 seconds; down after ten calm minutes, a tenth a minute.
    // A crowd arrives faster than it leaves.
    behavior: {
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
  },

  // The HorizontalPodAutoscaler of an app between a minimum and a maximum.
  autoscaler(app, scale)::
    local autoscaling = std.get(app.spec, 'autoscaling', {});
    local behavior = std.get(autoscaling, 'behavior', {});
    local rules(direction) =
      local own = behavior[direction];
      if std.isObject(own) then std.get(here.defaults.behavior, direction, {}) + own else own;
    {
      apiVersion: 'autoscaling/v2',
      kind: 'HorizontalPodAutoscaler',
      metadata: lib.core.metadata(app, app.name, {}),
      spec: {
        // A field of one direction leaves the others as they are. What is no object is for the schema to reject.
        behavior:
          here.defaults.behavior { [direction]: rules(direction) for direction in std.objectFields(behavior) },
        maxReplicas: scale.max,
        metrics: here.metrics(autoscaling),
        minReplicas: scale.min,
        scaleTargetRef: { apiVersion: 'apps/v1', kind: app.spec.kind, name: app.name },
      },
    },

  // The metrics of an autoscaler.
  metrics(autoscaling)::
    local asked =
      (if 'cpu' in autoscaling then [resource('cpu', autoscaling.cpu)] else [])
      + (if 'memory' in autoscaling then [resource('memory', autoscaling.memory)] else [])
      + [custom(m) for m in std.get(autoscaling, 'metrics', [])];
    if asked == [] then [resource('cpu', here.defaults.cpu)] else asked,
}
