// Parts of the gateway: each a Deployment with routes and upstreams of its own.
function(lib) {
  local here = self,

  // All parts on one cluster: one for each shard of the data center's services.
  parts(ctx):: [here.part(shard) for shard in std.range(0, ctx.proxy.shards - 1)],

  // One part, with its shard and the name of its port for other gateways.
  // The Service in front of them selects the pods of a shard by that name.
  part(shard):: {
    name: here.name + here.shardSuffix(shard),
    shard: shard,
    peerPort: 'peer-' + shard,
  },

  // The end of a part's name; the first shard has none.
  shardSuffix(shard):: if shard == 0 then '' else '-' + shard,

  // The shard of a service, by its name alone: it stays when others come and go, and is the same on every cluster.
  shardOf(name, shards)::
    if shards == 1 then 0 else std.parseHex(std.substr(std.md5(name), 0, 6)) % shards,

  // The distance of a shard's port for other gateways from the first shard's.
  peerOffset(shard):: shard,

  // True if other clusters call this one. `dataCenter.clusters` names the data center's clusters where it is given.
  hasPeers(ctx)::
    if 'clusters' in ctx.dataCenter then std.length(ctx.dataCenter.clusters) > 1
    else std.any([!endpoint['local'] for service in ctx.services for endpoint in service.endpoints]),

  // Backends of the names of a data center: the pods of each service's shard (see `roads.services`).
  backends(ctx)::
    [
      {
        selector: here.selector(here.part(here.shardOf(service.name, ctx.proxy.shards)).name),
        targetPort: ctx.proxy.portOf(service),
      }
      for service in ctx.services
    ],
}
