// The template of an Application. `{{.…}}` is filled in by Argo CD with the generator's parameters; a parameter that is
// missing is an error there, never an empty value.
{
  local lib = self,

  // The template; `directory` says how the folder is read, beyond which files.
  applicationTemplate(input, project, directory):: {
    metadata: {
      name: '{{.name}}',
      labels: {
        'app.kubernetes.io/part-of': 'sixfold',
        'sixfold.dev/environment': '{{.environment}}',
        'sixfold.dev/data-center': '{{.dataCenter}}',
        'sixfold.dev/cluster': '{{.cluster}}',
        'sixfold.dev/team': '{{.team}}',
        'sixfold.dev/unit': '{{.unit}}',
        'sixfold.dev/wave': '{{.wave}}',
      },
      // A push that leaves the folder alone does not refresh the Application.
      annotations: { 'argocd.argoproj.io/manifest-generate-paths': '.' },
    },
    spec: {
      project: project,
      source: {
        repoURL: input.fleet.repository.url,
        targetRevision: '{{.revision}}',
        path: '{{.path}}',
        directory: { include: '{{.include}}' } + directory,
      },
      destination: { server: '{{.server}}', namespace: '{{.namespace}}' },
      revisionHistoryLimit: 5,
      syncPolicy: {
        // With RollingSync the controller starts the syncs itself, and takes from here whether they prune. An overlay
        // that renders to nothing is never taken for an order to delete everything.
        [if input.argocd.automated then 'automated']: { prune: true, selfHeal: true, allowEmpty: false },
        retry: lib.syncRetry,
        syncOptions: lib.syncOptions,
      },
    },
  },
}
