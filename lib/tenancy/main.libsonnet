// A team's namespace on one cluster: the namespace, who may do what in it, how much it may use, and what it may reach.
(import 'namespace.libsonnet')
+ (import 'access.libsonnet')
+ (import 'quota.libsonnet')
+ (import 'network.libsonnet')
+ {
  local lib = self,

  // All objects of a team's tenancy, in the order in which they are applied. They share one set of labels.
  tenancy(owner, ctx)::
    local team = owner { labels: lib.tenancyLabels(owner.name) };
    [lib.teamNamespace(team, ctx), lib.defaultServiceAccount(team)]
    + lib.teamAccess(team)
    + [lib.teamQuota(team), lib.teamLimits(team)]
    + lib.teamNetwork(team, ctx),

  // Metadata of a namespaced tenancy object.
  tenancyMetadata(team, name):: {
    name: name,
    namespace: team.namespace,
    labels: team.labels,
  },
}
