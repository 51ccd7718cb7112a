// The gateway: Envoy in the platform namespace of every cluster. The gateway takes calls from the cluster's own pods
// and spreads them over the clusters of the DC. The peer gateway takes calls from the DC's other clusters and passes
// them to services of this one only, so a call is forwarded at most once, whatever its headers say.
(import 'sizing.libsonnet')
+ (import 'parts.libsonnet')
+ (import 'listeners.libsonnet')
+ (import 'bootstrap.libsonnet')
+ (import 'config.libsonnet')
+ (import 'pod.libsonnet')
+ (import 'workload.libsonnet')
+ (import 'peer-service.libsonnet')
+ (import 'network.libsonnet')
+ {
  local lib = self,

  // All objects of the gateway on one cluster.
  gateway(ctx)::
    local bootstrap = lib.bootstrapConfig(ctx);
    local stops = lib.stops(ctx);
    local parts = lib.gatewayParts(ctx);
    [lib.platformNamespace(ctx), lib.gatewayAccount(ctx), bootstrap]
    + std.flattenArrays([lib.partConfig(ctx, part, stops) for part in parts])
    + (if lib.hasPeers(ctx) then [lib.peerService(ctx)] else [])
    + lib.gatewayNetwork(ctx)
    + std.flattenArrays([lib.gatewayWorkload(ctx, part, bootstrap.metadata.name) for part in parts]),

  // The namespace that is named after the DC.
  platformNamespace(ctx):: {
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: {
      name: ctx.dataCenter.name,
      labels: lib.platformLabels(ctx.dataCenter.name)
              + { 'sixfold.dev/role': 'gateway' }
              + lib.podSecurityLabels('restricted', ctx.cluster.version),
      annotations: lib.confirmRemoval,
    },
  },

  // Metadata of a namespaced object of the gateway.
  gatewayMetadata(ctx, name):: {
    name: name,
    namespace: ctx.dataCenter.name,
    labels: lib.platformLabels(lib.gatewayName),
  },

  // What selects the pods of one part of the gateway.
  gatewaySelector(instance):: {
    'app.kubernetes.io/name': lib.gatewayName,
    'app.kubernetes.io/instance': instance,
  },

  // The name that every gateway pod bears in `app.kubernetes.io/name`.
  gatewayName:: 'sixfold-gateway',
}
