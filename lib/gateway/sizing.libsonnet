// How many gateways there are, and how much each Envoy may use.
local util = import '../util.libsonnet';

{
  local lib = self,

  // Into how many gateways the services of a DC are divided. One holds several hundred services, since the
  // configuration of each must fit into ConfigMaps of 1 MiB. A fleet's choice, because moving services is one.
  gatewayShards(ctx):: std.get(ctx.fleet.platform.gateway, 'shards', 1),

  // The shard of a service: by its name, so that it stays when others come and go.
  shardOf(name, shards)::
    if shards == 1 then 0 else std.parseHex(std.substr(std.md5(name), 0, 6)) % shards,

  // Whether other clusters call this one. `dataCenter.clusters` names the DC's clusters where it is given.
  hasPeers(ctx)::
    if 'clusters' in ctx.dataCenter then std.length(ctx.dataCenter.clusters) > 1
    else std.any([!endpoint['local'] for service in ctx.services for endpoint in service.endpoints]),

  // The port for readiness and metrics, beside the admin port, which stays inside the pod.
  statusPort(platform):: platform.gateway.adminPort + 1,

  // Worker threads: one for each requested core and at least two, rather than one for each core of the node.
  concurrency(cpu)::
    local text = util.quantity(cpu);
    local cores = if std.endsWith(text, 'm') then std.parseJson(std.substr(text, 0, std.length(text) - 1)) / 1000
    else std.parseJson(text);
    std.max(2, std.ceil(cores)),

  // A memory quantity in bytes.
  bytes(memory)::
    local text = util.quantity(memory);
    local unit = std.lstripChars(text, '0123456789.');
    local amount = std.parseJson(std.substr(text, 0, std.length(text) - std.length(unit)));
    local factor = util.choice('memory ' + text, unit, {
      '': 1,
      k: 1000,
      Ki: 1024,
      M: 1000000,
      Mi: 1048576,
      G: 1000000000,
      Gi: 1073741824,
      T: 1000000000000,
      Ti: 1099511627776,
    });
    std.floor(amount * factor),
}
