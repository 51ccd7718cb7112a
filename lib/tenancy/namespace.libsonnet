// The namespace of a team.
function(lib) {
  local here = self,

  // The Namespace of a team. Its removal removes everything in it, so a person confirms.
  namespace(team, ctx):: {
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: {
      name: team.namespace,
      labels: team.namespaceLabels
              + team.labels
                { 'sixfold.dev/role': 'team' }
              + lib.platform.podSecurityLabels(ctx.fleet.platform.podSecurity, ctx.cluster.version),
      annotations: lib.platform.confirmRemoval,
    },
  },

  // The ServiceAccount of pods that name none; it has no token for the Kubernetes API.
  defaultServiceAccount(team):: {
    apiVersion: 'v1',
    kind: 'ServiceAccount',
    metadata: here.metadata(team, 'default'),
    automountServiceAccountToken: false,
  },
}
