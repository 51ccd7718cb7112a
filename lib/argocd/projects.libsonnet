// AppProjects: the fence around what Applications may deploy, whatever the tree or the generator says.
{
  local lib = self,

  // The platform's project: every cluster of the instance, and the few cluster-wide kinds that the library makes.
  platformProject(input):: {
    apiVersion: 'argoproj.io/v1alpha1',
    kind: 'AppProject',
    metadata: lib.keptMetadata(input, lib.platformProjectName),
    spec: {
      description: 'Sixfold: gateways, namespaces and tenancy',
      sourceRepos: [input.fleet.repository.url],
      destinations: [
        { server: server, namespace: '*' }
        for server in std.set([cluster.server for cluster in input.clusters])
      ],
      clusterResourceWhitelist: lib.platformClusterKinds,
    },
  },

  // The cluster-wide kinds of `_platform` and `_tenancy`. A mixin that makes another one adds it here.
  platformClusterKinds:: [
    { group: '', kind: 'Namespace' },
    { group: 'scheduling.k8s.io', kind: 'PriorityClass' },
  ],

  // A team's project: its namespaces on the clusters that it was given, and nothing that belongs to the platform.
  teamProject(team, input):: {
    apiVersion: 'argoproj.io/v1alpha1',
    kind: 'AppProject',
    metadata: lib.keptMetadata(input, team.name) + { labels+: { 'sixfold.dev/team': team.name } },
    spec: {
      description: 'Sixfold: apps of team ' + team.name,
      sourceRepos: [input.fleet.repository.url],
      destinations: [
        { server: destination.server, namespace: destination.namespace }
        for destination in std.set(team.destinations, function(d) d.server + ' ' + d.namespace)
      ],
      clusterResourceWhitelist: [],
      namespaceResourceBlacklist: lib.deniedKinds,
      roles: [lib.ownersRole(team)],
    },
  },

  // What the owners' groups may do with their Applications in Argo CD: look, read logs, sync, restart a workload. Not
  // delete, override or create, since the ApplicationSet owns the Applications.
  ownersRole(team)::
    local rule(resource, action) =
      'p, proj:' + team.name + ':owners, ' + resource + ', ' + action + ', ' + team.name + '/*, allow';
    {
      name: 'owners',
      description: 'Owners of team ' + team.name,
      groups: team.owners,
      policies: [
        rule('applications', 'get'),
        rule('applications', 'sync'),
        rule('applications', 'action/apps/Deployment/restart'),
        rule('applications', 'action/apps/StatefulSet/restart'),
        rule('applications', 'action/apps/DaemonSet/restart'),
        rule('logs', 'get'),
      ],
    },
}
