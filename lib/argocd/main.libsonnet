// What one Argo CD instance is told: which clusters there are, who may deploy what where, and whom to ask for the list.
(import 'metadata.libsonnet')
+ (import 'bootstrap.libsonnet')
+ (import 'clusters.libsonnet')
+ (import 'projects.libsonnet')
+ (import 'denied.libsonnet')
+ (import 'applicationsets.libsonnet')
+ (import 'templates.libsonnet')
+ (import 'plugin.libsonnet')
+ {
  local lib = self,

  // Entry: the files of one instance, each a list of objects. A person applies `bootstrap.yaml` once; it applies the
  // rest, itself included.
  argocd(input):: {
    'bootstrap.yaml': lib.argoBootstrap(input),
    'clusters.yaml': [lib.clusterSecret(cluster, input) for cluster in input.clusters],
    'platform.yaml': [
      lib.pluginConfig(input),
      lib.platformProject(input),
      lib.platformApplicationSet(input),
    ],
  } + {
    ['team-' + team.name + '.yaml']: [lib.teamProject(team, input), lib.teamApplicationSet(team, input)]
    for team in input.teams
  },
}
