// The objects of one cluster that no app owns: the gateway with the names of its roads, priority classes, and every
// team's namespace.
(import 'labels.libsonnet')
+ (import 'priority.libsonnet')
+ {
  local lib = self,

  // Entry: the files of one cluster, `_platform/<name>.yaml` and `_tenancy/<namespace>.yaml`, each a list of objects.
  cluster(input):: {
    '_platform/gateway.yaml': lib.gateway(input),
    '_platform/priority.yaml': lib.priorityClasses(input.fleet.tiers),
    '_platform/roads.yaml': lib.roadServices(input),
  } + {
    ['_tenancy/' + team.namespace + '.yaml']: lib.tenancy(team, input)
    for team in input.teams
  },
}
