// Files of a cluster that belong to no app: those of the chosen systems, priority classes, namespaces of teams.
function(lib) {
  local here = self,

  // Fields of the record `ctx`, which the functions of a cluster take.
  defaults:: {
    // The fleet's settings: `name`, `platform`, `tiers`, `domains`.
    fleet: error 'a cluster must provide fleet',
    // The data center: `name`, `region`, `clusters`.
    dataCenter: error 'a cluster must provide dataCenter',
    // The cluster: `name`, `version`, `gateway` and more.
    cluster: error 'a cluster must provide cluster',
    // The systems that the data center has: `{ slot: { name: settings } }`.
    systems: error 'a cluster must provide systems',
    // Teams with a namespace on the cluster.
    teams: [],
    // Services that the gateways of the data center carry.
    services: [],
  },

  // The files of one cluster, `_platform/<name>.yaml` and `_tenancy/<namespace>.yaml`, each a list of objects.
  files(input)::
    local ctx = here.defaults + input;
    {
      '_platform/priority.yaml': here.priorityClasses(ctx.fleet.tiers),
    } + lib.chosen.platform(ctx) + {
      ['_tenancy/' + team.namespace + '.yaml']: lib.tenancy.objects(team, ctx)
      for team in ctx.teams
    },

  // A PriorityClass for each tier; tiers may share one by name.
  priorityClasses(tiers)::
    local classes = {
      [tiers[tier].priorityClass]: { tier: tier, value: tiers[tier].priority }
      for tier in here.distinctTiers(tiers)
    };
    local lowest = std.minArray([classes[name].value for name in std.objectFields(classes)]);
    [
      here.priorityClass(name, classes[name].tier, classes[name].value, classes[name].value > lowest)
      for name in std.objectFields(classes)
    ],

  // Names of tiers, one for each class: the first in order.
  distinctTiers(tiers)::
    local names = std.objectFields(tiers);
    [
      names[i]
      for i in std.range(0, std.length(names) - 1)
      if !std.member([tiers[n].priorityClass for n in names[:i]], tiers[names[i]].priorityClass)
    ],

  // The PriorityClass of a tier. The lowest waits for room and never evicts.
  priorityClass(name, tier, value, evicts):: {
    apiVersion: 'scheduling.k8s.io/v1',
    kind: 'PriorityClass',
    metadata: { name: name, labels: lib.platform.platformLabels(name) + { 'sixfold.dev/tier': tier } },
    value: value,
    globalDefault: false,
    preemptionPolicy: if evicts then 'PreemptLowerPriority' else 'Never',
    description: 'Pods of tier ' + tier,
  },
}
