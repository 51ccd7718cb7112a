// The parts of the gateway: each a Deployment with routes and upstreams of its own.
{
  local lib = self,

  // All parts on one cluster: for each shard a gateway and, where other clusters call, a peer gateway.
  gatewayParts(ctx)::
    local shards = std.range(0, lib.gatewayShards(ctx) - 1);
    [lib.gatewayPart(shard) for shard in shards]
    + (if lib.hasPeers(ctx) then [lib.peerPart(shard) for shard in shards] else []),

  // What the cluster's own pods call: every service of the shard, wherever in the DC it runs. Ports have names, because
  // the Service of the peer gateways finds the pods of a shard by the name of its port.
  gatewayPart(shard):: {
    name: lib.gatewayName + lib.shardSuffix(shard),
    peer: false,
    shard: shard,
    port: 'http',
    routes: lib.onceMore,
    places(stop):: stop.anywhere,
    carries(stop):: true,
  },

  // What other clusters call: services of the shard that run here, here.
  peerPart(shard):: {
    name: lib.gatewayName + '-peer' + lib.shardSuffix(shard),
    peer: true,
    shard: shard,
    port: 'peer-' + shard,
    routes: {},
    places(stop):: stop.here,
    carries(stop):: stop.here != [],
  },

  // The first shard has the bare name.
  shardSuffix(shard):: if shard == 0 then '' else '-' + shard,

  // Into how many shards the services of a DC are divided. One holds about 800, since its configuration must fit into
  // ConfigMaps of 1 MiB. A fleet's choice, because changing it moves services between pods.
  gatewayShards(ctx):: std.get(ctx.fleet.platform.gateway, 'shards', 1),

  // The shard of a service: by its name, so that it stays when others come and go, and is the same on every cluster.
  shardOf(name, shards)::
    if shards == 1 then 0 else std.parseHex(std.substr(std.md5(name), 0, 6)) % shards,

  // How far the port of a shard's peer gateway lies behind the first one's.
  peerOffset(shard):: shard,

  // Whether other clusters call this one. `dataCenter.clusters` names the DC's clusters where it is given.
  hasPeers(ctx)::
    if 'clusters' in ctx.dataCenter then std.length(ctx.dataCenter.clusters) > 1
    else std.any([!endpoint['local'] for service in ctx.services for endpoint in service.endpoints]),
}
