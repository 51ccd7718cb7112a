// Names and metadata of Argo CD's objects.
function(lib) {
  local here = self,

  // The name of the platform's project and ApplicationSet.
  platformProjectName:: 'sixfold-platform',

  // The name of the bootstrap's project, ApplicationSet and Application.
  bootstrapName:: 'sixfold-bootstrap',

  // The name of the plugin's ConfigMap.
  pluginName:: 'sixfold-generator',

  // Metadata of an object in the instance's own namespace.
  metadata(input, name):: {
    name: name,
    namespace: input.instance.namespace,
    labels: lib.platform.platformLabels(name),
  },

  // Metadata of an object whose deletion would delete Applications or clusters: it is removed by hand or not at all.
  keptMetadata(input, name):: here.metadata(input, name) {
    annotations: { 'argocd.argoproj.io/sync-options': 'Prune=false' },
  },

  // A folder of the deploy repo, below the folder that holds the overlay tree.
  repoPath(input, path)::
    local base = std.get(input.fleet.repository, 'path', '');
    if base == '' then path else base + '/' + path,

  // Options of every sync.
  // Fields that others own stay theirs (server-side apply), namespaces are tenancy's, and an object that another
  // Application already has is an error rather than a tug of war.
  syncOptions:: [
    'ServerSideApply=true',
    'CreateNamespace=false',
    'FailOnSharedResource=true',
    'PruneLast=true',
    'ApplyOutOfSyncOnly=true',
  ],

  // Retries of every sync: about 35 minutes.
  // An app that comes before its namespace waits for it rather than giving up, because Argo CD does not try a failed
  // commit again by itself.
  syncRetry:: { limit: 10, backoff: { duration: '10s', factor: 2, maxDuration: '5m' } },
}
