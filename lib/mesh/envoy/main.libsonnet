// Envoy as the gateway of every cluster. The objects around it are those of every gateway (`gateway`); what runs in the
// pods is in `proxy`, which an app's evaluation never reads.
function(lib) {
  local here = self,

  // Files of a cluster: the gateway, and the names that lead to it.
  platform(ctx, settings)::
    local gateway = ctx { proxy: here.record(ctx, settings) };
    {
      'gateway.yaml': lib.gateway.objects(gateway),
      'roads.yaml': lib.roads.services(ctx, lib.gateway.backends(gateway)),
    },

  // The gateway's pods, and the port on which they take calls.
  carrier(settings):: { peer: lib.gateway.peer, ports: [{ port: settings.httpPort, protocol: 'TCP' }] },

  // What the gateway's objects have to know of the pods (`gateway.defaults`).
  record(ctx, settings):: {
    replicas: settings.replicas,
    shards: settings.shards,
    statusPort: settings.statusPort,
    bootstrap: { 'envoy.json': here.proxy.bootstrapText(ctx, settings) },
    kept: ['clusters', 'routes'],
    // Files of routes and upstreams for some stops.
    files(stops, peer, offset):: here.proxy.files(stops, peer, offset),
    // The container of one part.
    container(part):: here.proxy.container(settings, part),
  },

  // The program in the pods: container and configuration.
  proxy:: (import 'proxy/main.libsonnet')(lib),
}
