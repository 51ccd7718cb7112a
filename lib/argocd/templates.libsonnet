// The template of an Application. `{{.…}}` is filled in by Argo CD with the generator's parameters; a parameter that is
// missing is an error there, never an empty value.
function(lib) {
  local here = self,

  // The template of a set's Applications; `directory` has options for reading the folder.
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
        // that renders to nothing never means that everything is to be deleted.
        [if input.argocd.automated then 'automated']: { prune: true, selfHeal: true, allowEmpty: false },
        retry: here.syncRetry,
        syncOptions: here.syncOptions,
      },
    },
  },
}
