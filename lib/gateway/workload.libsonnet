// Deployments of the gateway, and what keeps them reachable.
function(lib) {
  local here = self,

  // The Deployment of one part of the gateway, and its PodDisruptionBudget.
  workload(ctx, part, bootstrap):: [
    {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: here.metadata(ctx, part.name),
      spec: {
        replicas: ctx.proxy.replicas,
        revisionHistoryLimit: 3,
        minReadySeconds: 5,
        selector: { matchLabels: here.selector(part.name) },
        strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } },
        template: {
          metadata: {
            labels: lib.platform.platformLabels(here.name) + here.selector(part.name) + {
              'app.kubernetes.io/component': 'gateway',
            },
            annotations: lib.chosen.metricsAnnotations(ctx.systems, ctx.proxy.statusPort, '/metrics'),
          },
          spec: here.pod(ctx, part, bootstrap),
        },
      },
    },
    {
      apiVersion: 'policy/v1',
      kind: 'PodDisruptionBudget',
      metadata: here.metadata(ctx, part.name),
      spec: {
        maxUnavailable: 1,
        unhealthyPodEvictionPolicy: 'AlwaysAllow',
        selector: { matchLabels: here.selector(part.name) },
      },
    },
  ],

  // The pods' ServiceAccount, without rights towards the Kubernetes API.
  account(ctx):: {
    apiVersion: 'v1',
    kind: 'ServiceAccount',
    metadata: here.metadata(ctx, here.name),
    automountServiceAccountToken: false,
  },
}
