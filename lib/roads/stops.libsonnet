// Stops: what a road leads to, one for each port of each service. Routes and upstreams of the gateway and of the peer
// gateway are made of the same stops, so what they need is worked out here, once.
local util = import '../util.libsonnet';

{
  local lib = self,

  // The stops of the DC, in the order of its services and their ports.
  stops(ctx)::
    local suffix = '.svc.' + ctx.fleet.domains.cluster;
    local shards = lib.gatewayShards(ctx);
    [
      local service = ctx.services[i];
      local port = service.ports[j];
      local http2 = lib.speaksHttp2(port);
      local shard = lib.shardOf(service.name, shards);
      {
        name: service.namespace + '/' + service.name + '/' + port.name,
        shard: shard,
        http2: http2,
        // Clients that leave the port out of the Host header mean the first one.
        domains: [host + ':' + port.port for host in service.hosts] + (if j == 0 then service.hosts else []),
        // The time for a whole answer. The road's; else 15 s, and none for HTTP/2, where streams may live long.
        timeout: if 'timeout' in service then lib.envoyDuration(service.timeout) else if http2 then '0s' else '15s',
        // The service itself, on this cluster, where it runs here.
        here: [
          lib.locality(endpoint, service.name + '.' + service.namespace + suffix, port.port)
          for endpoint in service.endpoints
          if endpoint['local']
        ],
        elsewhere: [
          lib.locality(endpoint, endpoint.address, lib.peerPort(endpoint.port, shard))
          for endpoint in service.endpoints
          if !endpoint['local'] && endpoint.weight > 0
        ],
      }
      for i in std.range(0, std.length(ctx.services) - 1)
      for j in std.range(0, std.length(ctx.services[i].ports) - 1)
    ],

  // One Kubernetes cluster as Envoy sees it. The weight is the cluster's, however many addresses the name has.
  locality(endpoint, address, port):: {
    locality: { sub_zone: endpoint.cluster },
    load_balancing_weight: endpoint.weight,
    lb_endpoints: [{ endpoint: { address: { socket_address: { address: address, port_value: port } } } }],
  },

  // Whether a port speaks HTTP/2. Only HTTP of some kind goes through a gateway.
  speaksHttp2(port)::
    util.choice('ports.' + port.name + '.appProtocol', std.get(port, 'appProtocol', 'http'), lib.httpProtocols),

  // Protocols that the gateway carries: whether each is HTTP/2.
  httpProtocols:: { http: false, http2: true, grpc: true },
}
