// The namespace itself.
{
  local lib = self,

  // The team's namespace; removing it takes everything in it along, so a person confirms.
  teamNamespace(team, ctx):: {
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: {
      name: team.namespace,
      labels: team.labels
              { 'sixfold.dev/role': 'team' }
              + lib.podSecurityLabels(ctx.fleet.platform.podSecurity, ctx.cluster.version),
      annotations: lib.confirmRemoval,
    },
  },

  // Pods that name no service account get this one, which can say nothing to the Kubernetes API.
  defaultServiceAccount(team):: {
    apiVersion: 'v1',
    kind: 'ServiceAccount',
    metadata: lib.tenancyMetadata(team, 'default'),
    automountServiceAccountToken: false,
  },
}
