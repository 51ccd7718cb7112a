// Names and metadata of Argo CD's objects.
{
  local lib = self,

  // Names of the platform's own objects in every Argo CD.
  platformProjectName:: 'sixfold-platform',
  bootstrapName:: 'sixfold-bootstrap',
  pluginName:: 'sixfold-generator',

  // Metadata of an object in the instance's own namespace.
  argoMetadata(input, name):: {
    name: name,
    namespace: input.instance.namespace,
    labels: lib.platformLabels(name),
  },

  // The same, for what takes Applications or clusters along when it goes: it is removed by hand or not at all.
  keptMetadata(input, name):: lib.argoMetadata(input, name) {
    annotations: { 'argocd.argoproj.io/sync-options': 'Prune=false' },
  },

  // A folder of the deploy repo, below the folder that holds the overlay tree.
  repoPath(input, path)::
    local base = std.get(input.fleet.repository, 'path', '');
    if base == '' then path else base + '/' + path,

  // Options of every sync. Fields that others own stay theirs (server-side apply), namespaces are tenancy's, and an
  // object that another Application already has is an error rather than a tug of war.
  syncOptions:: [
    'ServerSideApply=true',
    'CreateNamespace=false',
    'FailOnSharedResource=true',
    'PruneLast=true',
    'ApplyOutOfSyncOnly=true',
  ],

  // About 35 minutes of tries: an app that comes before its namespace waits for it rather than giving up, because Argo
  // CD does not try a failed commit again by itself.
  syncRetry:: { limit: 10, backoff: { duration: '10s', factor: 2, maxDuration: '5m' } },
}
