// A team's namespace on one cluster: the namespace, who may do what in it, how much it may use, and what it may reach.
(import 'namespace.libsonnet')
+ (import 'access.libsonnet')
+ (import 'quota.libsonnet')
+ (import 'network.libsonnet')
+ {
  local lib = self,

  // All objects of a team's tenancy, in the order in which they are applied.
  tenancy(team, ctx)::
    [lib.teamNamespace(team, ctx), lib.defaultServiceAccount(team)]
    + lib.teamAccess(team)
    + [lib.teamQuota(team), lib.teamLimits(team)]
    + lib.teamNetwork(team, ctx),

  // Metadata of a namespaced tenancy object.
  tenancyMetadata(team, name):: {
    name: name,
    namespace: team.namespace,
    labels: lib.tenancyLabels(team.name),
  },
}
