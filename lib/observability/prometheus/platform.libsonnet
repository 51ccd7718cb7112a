// What the Prometheus Operator reads about the platform's own pods.
function(lib) {
  local here = self,

  // Files of a cluster: monitors and rules of what the platform itself runs, where the Prometheus Operator is.
  platform(ctx, settings)::
    local watched = lib.chosen.watched(ctx);
    if watched == [] || !std.member(ctx.cluster.apis, 'monitoring.coreos.com/v1') then {}
    else {
      'monitoring.yaml': std.flattenArrays([
        here.discovered(settings, { annotations: [], 'pod-monitor': [here.platformMonitor(each)] })
        + [here.platformRule(each)]
        for each in watched
      ]),
    },

  // Metadata of an object for what the platform runs.
  platformMetadata(watched):: {
    name: watched.name,
    namespace: watched.namespace,
    labels: lib.platform.platformLabels(watched.name),
  },

  // The PodMonitor of what the platform runs.
  platformMonitor(watched):: {
    apiVersion: 'monitoring.coreos.com/v1',
    kind: 'PodMonitor',
    metadata: here.platformMetadata(watched),
    spec: {
      podMetricsEndpoints: [{ port: watched.port, path: watched.path }],
      selector: { matchLabels: watched.selector },
    },
  },

  // The alerts of what the platform runs.
  platformRule(watched):: {
    apiVersion: 'monitoring.coreos.com/v1',
    kind: 'PrometheusRule',
    metadata: here.platformMetadata(watched),
    spec: { groups: [{ name: watched.name, rules: watched.alerts }] },
  },
}
