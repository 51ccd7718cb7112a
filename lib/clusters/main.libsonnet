// Files of a cluster that belong to no app: gateway, names of services, priority classes, namespaces of teams.
function(lib) (import 'priority.libsonnet')(lib) + {
  local here = self,

  // Fields of the record `ctx`, which the functions of a cluster take.
  defaults:: {
    // The fleet's settings: `name`, `platform`, `tiers`, `domains`.
    fleet: error 'a cluster must provide fleet',
    // The data center: `name`, `region`, `clusters`.
    dataCenter: error 'a cluster must provide dataCenter',
    // The cluster: `name`, `version`, `gateway` and more.
    cluster: error 'a cluster must provide cluster',
    // Teams with a namespace on the cluster.
    teams: [],
    // Services that the gateways of the data center carry.
    services: [],
  },

  // The files of one cluster, `_platform/<name>.yaml` and `_tenancy/<namespace>.yaml`, each a list of objects.
  files(input)::
    local ctx = here.defaults + input;
    {
      '_platform/gateway.yaml': lib.gateway.objects(ctx),
      '_platform/priority.yaml': here.priorityClasses(ctx.fleet.tiers),
      '_platform/roads.yaml': lib.roads.services(ctx, lib.gateway.backends(ctx)),
    } + {
      ['_tenancy/' + team.namespace + '.yaml']: lib.tenancy.objects(team, ctx)
      for team in ctx.teams
    },
}
