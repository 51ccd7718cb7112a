// AppProjects: the fence around what Applications may deploy, whatever the tree or the generator says.
function(lib) {
  local here = self,

  // The platform's project: every cluster of the instance, and the few cluster-wide kinds of the library.
  platformProject(input):: {
    apiVersion: 'argoproj.io/v1alpha1',
    kind: 'AppProject',
    metadata: here.keptMetadata(input, here.platformProjectName),
    spec: {
      description: 'Sixfold: gateways, namespaces and tenancy',
      sourceRepos: [input.fleet.repository.url],
      destinations: [
        { server: server, namespace: '*' }
        for server in std.set([cluster.server for cluster in input.clusters])
      ],
      clusterResourceWhitelist: here.platformClusterKinds,
    },
  },

  // The cluster-wide kinds of `_platform` and `_tenancy`.
  // An extension with another one adds it here.
  platformClusterKinds:: [
    { group: '', kind: 'Namespace' },
    { group: 'scheduling.k8s.io', kind: 'PriorityClass' },
  ],

  // A team's project: its namespaces on its clusters, and nothing that belongs to the platform.
  teamProject(team, input):: {
    apiVersion: 'argoproj.io/v1alpha1',
    kind: 'AppProject',
    metadata: here.keptMetadata(input, team.name) + { labels+: { 'sixfold.dev/team': team.name } },
    spec: {
      description: 'Sixfold: apps of team ' + team.name,
      sourceRepos: [input.fleet.repository.url],
      destinations: [
        { server: destination.server, namespace: destination.namespace }
        for destination in std.set(team.destinations, function(d) d.server + ' ' + d.namespace)
      ],
      clusterResourceWhitelist: [],
      namespaceResourceBlacklist: here.deniedKinds,
      roles: [here.ownersRole(team)],
    },
  },

  // The role of a team's owners in Argo CD: read Applications and logs, sync, restart a workload.
  // Not delete, override or create, since the ApplicationSet owns the Applications.
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
