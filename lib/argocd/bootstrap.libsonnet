// The objects that a person applies once. They let Argo CD ask the generator for everything else, and do not depend on
// teams and clusters.
function(lib) {
  local here = self,

  // The objects that a person applies once for each Argo CD.
  // They are a project that admits nothing but Argo CD's own objects, the plugin, and an ApplicationSet of one
  // Application. No Argo CD manages these themselves.
  bootstrap(input):: [here.bootstrapProject(input), here.pluginConfig(input), here.bootstrapApplicationSet(input)],

  // The project of the bootstrap's Application.
  bootstrapProject(input):: {
    apiVersion: 'argoproj.io/v1alpha1',
    kind: 'AppProject',
    metadata: here.keptMetadata(input, here.bootstrapName),
    spec: {
      description: 'Sixfold: the objects of this Argo CD',
      sourceRepos: [input.fleet.repository.url],
      destinations: [{ server: input.instance.server, namespace: input.instance.namespace }],
      clusterResourceWhitelist: [],
      namespaceResourceWhitelist: [
        { group: '', kind: 'Secret' },
        { group: 'argoproj.io', kind: 'AppProject' },
        { group: 'argoproj.io', kind: 'ApplicationSet' },
      ],
    },
  },

  // The ApplicationSet of the Application that applies the instance's folder, at the commit that the generator answers.
  // Everything else is a literal: an answer chooses no repository, folder, project or cluster.
  bootstrapApplicationSet(input)::
    here.keptApplicationSet(input, here.bootstrapName, { unit: 'argocd' }, {
      metadata: {
        name: here.bootstrapName,
        labels: {
          'app.kubernetes.io/part-of': 'sixfold',
          'sixfold.dev/team': '{{.team}}',
          'sixfold.dev/unit': '{{.unit}}',
        },
        annotations: { 'argocd.argoproj.io/manifest-generate-paths': '.' },
      },
      spec: {
        project: here.bootstrapName,
        source: {
          repoURL: input.fleet.repository.url,
          targetRevision: '{{.revision}}',
          path: here.repoPath(input, 'argocd/' + input.instance.name),
          directory: { include: '*.yaml' },
        },
        destination: { server: input.instance.server, namespace: input.instance.namespace },
        revisionHistoryLimit: 5,
        syncPolicy: {
          // It never prunes: what a commit drops here would take a team's or a cluster's Applications with it.
          [if input.argocd.automated then 'automated']: { prune: false, selfHeal: true },
          retry: here.syncRetry,
          syncOptions: here.syncOptions,
        },
      },
    }),
}
