// The gateway of a cluster, in the platform namespace. The gateway takes calls from the cluster's own pods and spreads
// them over the clusters of the data center. The peer gateway takes calls from the data center's other clusters and
// passes them to services of this one only, so a call is forwarded at most once, whatever its headers say.
//
// `gateway.envoy` is what runs in the pods; it knows nothing of the objects around it.

local parts(lib) =
  (import 'parts.libsonnet')(lib)
  + (import 'config.libsonnet')(lib)
  + (import 'workload.libsonnet')(lib)
  + (import 'pod.libsonnet')(lib)
  + (import 'peer-service.libsonnet')(lib)
  + (import 'network.libsonnet')(lib);

function(lib) parts(lib) + {
  local here = self,

  // Fields of `platform.gateway`.
  defaults:: {
    // Image of the container.
    image: error 'platform.gateway must provide image',
    // Pods of each part.
    replicas: error 'platform.gateway must provide replicas',
    // Port for calls.
    httpPort: error 'platform.gateway must provide httpPort',
    // Port of the admin interface, inside the pod.
    adminPort: error 'platform.gateway must provide adminPort',
    // CPU that a pod requests.
    cpu: error 'platform.gateway must provide cpu',
    // Memory that a pod requests, and its limit.
    memory: error 'platform.gateway must provide memory',
    // Shards into which the services of a data center are divided.
    // One holds about 800, since its configuration must fit into ConfigMaps of 1 MiB. A fleet's choice, because a
    // change moves services between pods.
    shards: 1,
  },

  // Settings of the gateway of a fleet.
  settings(ctx):: here.defaults + ctx.fleet.platform.gateway,

  // All objects of the gateway on one cluster.
  objects(ctx)::
    local bootstrap = here.bootstrapConfig(ctx);
    local parts = here.parts(ctx);
    [here.namespace(ctx), here.account(ctx), bootstrap]
    + here.partConfigs(ctx, parts)
    + (if here.hasPeers(ctx) then [here.peerService(ctx)] else [])
    + here.network(ctx)
    + std.flattenArrays([here.workload(ctx, part, bootstrap.metadata.name) for part in parts]),

  // The namespace that is named after the data center.
  namespace(ctx):: {
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: {
      name: ctx.dataCenter.name,
      labels: lib.platform.platformLabels(ctx.dataCenter.name)
              + { 'sixfold.dev/role': 'gateway' }
              + lib.platform.podSecurityLabels('restricted', ctx.cluster.version),
      annotations: lib.platform.confirmRemoval,
    },
  },

  // Metadata of a namespaced object of the gateway.
  metadata(ctx, name):: {
    name: name,
    namespace: ctx.dataCenter.name,
    labels: lib.platform.platformLabels(here.name),
  },

  // Labels that select the pods of one part of the gateway.
  selector(instance):: {
    'app.kubernetes.io/name': here.name,
    'app.kubernetes.io/instance': instance,
  },

  // The value of `app.kubernetes.io/name` on every gateway pod.
  name:: 'sixfold-gateway',

  // Envoy: configuration and container.
  envoy:: (import 'envoy/main.libsonnet')(lib),
}
