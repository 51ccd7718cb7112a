// Namespaces of teams, with everything in them that no app owns: access, quota and network.

local parts(lib) =
  (import 'namespace.libsonnet')(lib)
  + (import 'access.libsonnet')(lib)
  + (import 'quota.libsonnet')(lib)
  + (import 'network.libsonnet')(lib);

function(lib) parts(lib) + {
  local here = self,

  // Fields of a team, which the functions of tenancy take.
  defaults:: {
    // The team's name.
    name: error 'a team must provide name',
    // Its namespace on the cluster.
    namespace: error 'a team must provide namespace',
    // Groups of people who own the team's apps.
    owners: error 'a team must provide owners',
    // Its share of the cluster: `cpu`, `memory`, `pods`.
    quota: error 'a team must provide quota',
    // Labels of every object.
    labels: error 'a team must provide labels',
    // Labels of the Namespace that the chosen systems add.
    namespaceLabels: {},
  },

  // All objects of a team's namespace, in the order in which they are applied.
  objects(owner, ctx)::
    // One set of labels, computed once.
    local labels = lib.platform.tenancyLabels(owner.name);
    local team = here.defaults + owner { labels: labels };
    local added = lib.chosen.namespace(team, ctx);
    [here.namespace(team { namespaceLabels: added.labels }, ctx), here.defaultServiceAccount(team)]
    + here.access(team)
    + [here.quota(team), here.limits(team)]
    + here.network(team, ctx)
    + added.objects,

  // Metadata of a namespaced object of tenancy.
  metadata(team, name):: {
    name: name,
    namespace: team.namespace,
    labels: team.labels,
  },
}
