// The gateway of a cluster, in the platform namespace. It takes calls from the cluster's own pods and spreads them over
// the clusters of the data center. What it takes from the gateways of other clusters it passes to services of its own
// cluster only, so a call is forwarded at most once, whatever its headers say.
//
// A gateway knows no system: `ctx.proxy` is what a mesh puts into the pods (`defaults`, and the functions
// `files(stops, offset)`, `portOf(service)` and `container(part)`).

local parts(lib) =
  (import 'parts.libsonnet')(lib)
  + (import 'config.libsonnet')(lib)
  + (import 'workload.libsonnet')(lib)
  + (import 'pod.libsonnet')(lib)
  + (import 'peer-service.libsonnet')(lib)
  + (import 'network.libsonnet')(lib);

function(lib) parts(lib) + {
  local here = self,

  // Fields of `ctx.proxy`, by which a mesh says what runs in the gateway's pods.
  defaults:: {
    // Pods of each part.
    replicas: error 'a gateway must provide replicas',
    // Shards into which the services of a data center are divided.
    // A choice of the fleet, because a change moves services between pods.
    shards: 1,
    // Ports of each pod for calls of the cluster's pods, as a NetworkPolicy has them.
    callPorts: error 'a gateway must provide callPorts',
    // The Secret by which the gateways of a data center know each other; null without other clusters.
    secret: null,
    // Seconds for which a removed pod still takes calls: longer than anybody sends any.
    drainSeconds: error 'a gateway must provide drainSeconds',
    // Port of each pod for readiness and metrics.
    statusPort: error 'a gateway must provide statusPort',
    // Configuration that pods read at their start: `{ file: text }`.
    bootstrap: error 'a gateway must provide bootstrap',
    // Ends of the names of a part's ConfigMaps that pods read while they run.
    kept: [],
  },

  // All objects of the gateway on one cluster.
  objects(given)::
    local ctx = given { proxy: here.defaults + given.proxy };
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
              + here.readinessGate(ctx)
              + lib.platform.podSecurityLabels('restricted', ctx.cluster.version),
      annotations: lib.platform.confirmRemoval,
    },
  },

  // The label by which a pod is ready only once its load balancer knows it: a rollout waits for that.
  readinessGate(ctx):: if here.hasPeers(ctx) then { 'elbv2.k8s.aws/pod-readiness-gate-inject': 'enabled' } else {},

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

  // The pods of every gateway, in whatever namespace it runs, as the peer of a NetworkPolicy.
  peer:: {
    namespaceSelector: { matchLabels: { 'sixfold.dev/role': 'gateway' } },
    podSelector: { matchLabels: { 'app.kubernetes.io/name': here.name } },
  },
}
