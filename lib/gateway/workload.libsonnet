// What runs the gateway's pods and keeps them reachable.
{
  local lib = self,

  // The Deployment of one part of the gateway, and how many of its pods may be away.
  gatewayWorkload(ctx, part, bootstrap):: [
    {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: lib.gatewayMetadata(ctx, part.name),
      spec: {
        replicas: ctx.fleet.platform.gateway.replicas,
        revisionHistoryLimit: 3,
        minReadySeconds: 5,
        selector: { matchLabels: lib.gatewaySelector(part.name) },
        strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } },
        template: {
          metadata: {
            labels: lib.platformLabels(lib.gatewayName) + lib.gatewaySelector(part.name) + {
              'app.kubernetes.io/component': if part.peer then 'peer' else 'gateway',
            },
            annotations: lib.gatewayPodAnnotations(ctx.fleet.platform),
          },
          spec: lib.gatewayPod(ctx, part, bootstrap),
        },
      },
    },
    {
      apiVersion: 'policy/v1',
      kind: 'PodDisruptionBudget',
      metadata: lib.gatewayMetadata(ctx, part.name),
      spec: {
        maxUnavailable: 1,
        unhealthyPodEvictionPolicy: 'AlwaysAllow',
        selector: { matchLabels: lib.gatewaySelector(part.name) },
      },
    },
  ],

  // Where Prometheus finds Envoy's metrics.
  gatewayPodAnnotations(platform):: {
    'prometheus.io/scrape': 'true',
    'prometheus.io/port': '' + lib.statusPort(platform),
    'prometheus.io/path': '/metrics',
  },

  // The pods' identity: none towards the Kubernetes API.
  gatewayAccount(ctx):: {
    apiVersion: 'v1',
    kind: 'ServiceAccount',
    metadata: lib.gatewayMetadata(ctx, lib.gatewayName),
    automountServiceAccountToken: false,
  },
}
