// Parts of the gateway: each a Deployment with routes and upstreams of its own.
function(lib) {
  local here = self,

  // All parts on one cluster: for each shard a gateway and, where other clusters call, a peer gateway.
  parts(ctx)::
    local shards = std.range(0, ctx.proxy.shards - 1);
    [here.part(shard) for shard in shards]
    + (if here.hasPeers(ctx) then [here.peerPart(shard) for shard in shards] else []),

  // The part that the cluster's own pods call: every service of the shard, wherever in the data center it runs.
  // Ports have names, because the Service of the peer gateways selects the pods of a shard by the name of its port.
  part(shard):: {
    name: here.name + here.shardSuffix(shard),
    peer: false,
    shard: shard,
    port: 'http',
  },

  // The part that other clusters call: services of the shard that run on this cluster.
  peerPart(shard):: {
    name: here.name + '-peer' + here.shardSuffix(shard),
    peer: true,
    shard: shard,
    port: 'peer-' + shard,
  },

  // The end of a part's name; the first shard has none.
  shardSuffix(shard):: if shard == 0 then '' else '-' + shard,

  // The shard of a service, by its name alone: it stays when others come and go, and is the same on every cluster.
  shardOf(name, shards)::
    if shards == 1 then 0 else std.parseHex(std.substr(std.md5(name), 0, 6)) % shards,

  // The distance of a shard's peer port from the first shard's.
  peerOffset(shard):: shard,

  // True if other clusters call this one. `dataCenter.clusters` names the data center's clusters where it is given.
  hasPeers(ctx)::
    if 'clusters' in ctx.dataCenter then std.length(ctx.dataCenter.clusters) > 1
    else std.any([!endpoint['local'] for service in ctx.services for endpoint in service.endpoints]),

  // Backends of the names of a data center: the pods of each service's shard (see `roads.services`).
  backends(ctx)::
    local shards = ctx.proxy.shards;
    local backends = [
      { selector: here.selector(here.part(shard).name), targetPort: here.part(shard).port }
      for shard in std.range(0, shards - 1)
    ];
    [backends[here.shardOf(service.name, shards)] for service in ctx.services],
}
