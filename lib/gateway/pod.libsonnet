// Pods of the gateway.
function(lib) {
  local here = self,

  // The spec of the pods of one part of the gateway.
  pod(ctx, part, bootstrap):: {
    serviceAccountName: here.name,
    automountServiceAccountToken: false,
    enableServiceLinks: false,
    priorityClassName: here.highestTier(ctx.fleet.tiers).priorityClass,
    // After the wait of preStop no caller is left.
    terminationGracePeriodSeconds: ctx.proxy.drainSeconds + 20,
    securityContext: {
      runAsNonRoot: true,
      runAsUser: 65532,
      runAsGroup: 65532,
      seccompProfile: { type: 'RuntimeDefault' },
    },
    // Names in the configuration are complete, so the search list would only multiply the questions to DNS.
    dnsConfig: { options: [{ name: 'ndots', value: '1' }] },
    topologySpreadConstraints: [
      {
        maxSkew: 1,
        topologyKey: key,
        whenUnsatisfiable: 'ScheduleAnyway',
        labelSelector: { matchLabels: here.selector(part.name) },
        matchLabelKeys: ['pod-template-hash'],
      }
      for key in ['topology.kubernetes.io/zone', 'kubernetes.io/hostname']
    ],
    containers: [
      ctx.proxy.container(part) { lifecycle: { preStop: here.waitBeforeStop(ctx.cluster, ctx.proxy.drainSeconds) } },
    ],
    volumes: [
      { name: 'bootstrap', configMap: { name: bootstrap } },
      {
        name: 'roads',
        projected: {
          sources: [{ configMap: { name: part.name + '-' + file } } for file in ctx.proxy.kept],
        },
      },
    ] + (
      if ctx.proxy.secret == null then []
      else [{ name: 'certificate', secret: { secretName: ctx.proxy.secret } }]
    ),
  },

  // Time for endpoints to be removed everywhere and for callers to reconnect elsewhere.
  // Kubelet itself waits since 1.30; before that the image must bring `sleep`.
  waitBeforeStop(cluster, seconds)::
    if lib.platform.atLeast(cluster.version, 30) then { sleep: { seconds: seconds } }
    else { exec: { command: ['sleep', '' + seconds] } },

  // The tier of the highest priority: nothing is reached without the gateway.
  highestTier(tiers)::
    local all = [tiers[name] for name in std.objectFields(tiers)];
    std.sort(all, function(tier) -tier.priority)[0],
}
