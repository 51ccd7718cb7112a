// The one Application that a person applies. It keeps the instance's other objects as the tree has them.
function(lib) {
  local here = self,

  // The Application that a person applies, and its project, which admits nothing but Argo CD's own objects.
  bootstrap(input):: [
    {
      apiVersion: 'argoproj.io/v1alpha1',
      kind: 'AppProject',
      metadata: here.keptMetadata(input, here.bootstrapName),
      spec: {
        description: 'Sixfold: the objects of this Argo CD',
        sourceRepos: [input.fleet.repository.url],
        destinations: [{ server: input.instance.server, namespace: input.instance.namespace }],
        clusterResourceWhitelist: [],
        namespaceResourceWhitelist: [
          { group: '', kind: 'ConfigMap' },
          { group: '', kind: 'Secret' },
          { group: 'argoproj.io', kind: 'AppProject' },
          { group: 'argoproj.io', kind: 'Application' },
          { group: 'argoproj.io', kind: 'ApplicationSet' },
        ],
      },
    },
    {
      apiVersion: 'argoproj.io/v1alpha1',
      kind: 'Application',
      // Without a finalizer: deleting it deletes nothing else.
      metadata: here.keptMetadata(input, here.bootstrapName),
      spec: {
        project: here.bootstrapName,
        source: {
          repoURL: input.fleet.repository.url,
          targetRevision: input.fleet.repository.branch,
          path: here.repoPath(input, 'argocd/' + input.instance.name),
          directory: { include: '*.yaml' },
        },
        destination: { server: input.instance.server, namespace: input.instance.namespace },
        syncPolicy: {
          // It never prunes: what a commit drops here would take a team's or a cluster's Applications with it.
          [if input.argocd.automated then 'automated']: { prune: false, selfHeal: true },
          retry: here.syncRetry,
          syncOptions: here.syncOptions,
        },
      },
    },
  ],
}
