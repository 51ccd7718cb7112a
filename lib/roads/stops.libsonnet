// Stops: what a road leads to, one for each port of each service. Routes and upstreams of the gateway and of the peer
// gateway are made of the same stops, so what they need is worked out here, once.
local util = import '../util.libsonnet';

// One Kubernetes cluster as Envoy sees it. The weight is the cluster's, however many addresses the name has. It is
// text, as `lines.libsonnet` says; names, addresses and durations have no character that JSON would escape.
local place(cluster, weight, address, port) =
  '{"locality": {"sub_zone": "' + cluster + '"}, "load_balancing_weight": ' + weight
  + ', "lb_endpoints": [{"endpoint": {"address": {"socket_address": {"address": "' + address
  + '", "port_value": ' + port + '}}}}]}';

{
  local lib = self,

  // The stops of the DC, in the order of its services and their ports.
  stops(ctx)::
    local suffix = '.svc.' + ctx.fleet.domains.cluster;
    local shards = lib.gatewayShards(ctx);
    [
      lib.stop(service, i, lib.shardOf(service.name, shards), suffix)
      for service in ctx.services
      for i in std.range(0, std.length(service.ports) - 1)
    ],

  // One stop: port number `i` of a service.
  stop(service, i, shard, suffix)::
    local port = service.ports[i];
    local http2 = lib.speaksHttp2(port);
    local offset = lib.peerOffset(shard);
    local address = service.name + '.' + service.namespace + suffix;
    // What runs only on clusters of weight 0 (its home is on one that is being drained) is still called.
    local idle = std.all([e.weight == 0 for e in service.endpoints]);
    {
      name: service.namespace + '/' + service.name + '/' + port.name,
      shard: shard,
      http2: http2,
      // Clients that leave the port out of the Host header mean the first one.
      domains: [host + ':' + port.port for host in service.hosts] + (if i == 0 then service.hosts else []),
      // The time for a whole answer. The road's; else 15 s, and none for HTTP/2, where streams may live long.
      timeout: if 'timeout' in service then lib.envoyDuration(service.timeout) else if http2 then '0s' else '15s',
      // The service itself, on this cluster, where it runs here.
      here: [place(e.cluster, 1, address, port.port) for e in service.endpoints if e['local']],
      // Every cluster with a weight; where none has any, every one.
      anywhere: [
        local weight = std.max(e.weight, 1);
        if e['local'] then place(e.cluster, weight, address, port.port)
        else place(e.cluster, weight, e.address, e.port + offset)
        for e in service.endpoints
        if e.weight > 0 || idle
      ],
    },

  // Whether a port speaks HTTP/2. Only HTTP of some kind goes through a gateway.
  speaksHttp2(port)::
    local protocol = std.get(port, 'appProtocol', 'http');
    util.choice('ports.' + port.name + '.appProtocol', protocol, lib.httpProtocols),

  // Protocols that the gateway carries: whether each is HTTP/2.
  httpProtocols:: { http: false, http2: true, grpc: true },
}
