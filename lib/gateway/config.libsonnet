// ConfigMaps of the gateway.
function(lib) {
  local here = self,

  // The ConfigMap of the bootstrap, with a digest in its name.
  // Pods read it at their start only, so a change must roll them. The old one is deleted last, when no pod can start
  // with it any more.
  bootstrapConfig(ctx)::
    local files = ctx.proxy.bootstrap;
    local digest = std.substr(std.md5(std.join('', [files[name] for name in std.objectFields(files)])), 0, 10);
    here.configMap(ctx, here.name + '-bootstrap-' + digest, files) {
      metadata+: { annotations: { 'argocd.argoproj.io/sync-options': 'PruneLast=true' } },
      immutable: true,
    },

  // ConfigMaps that the pods of each part read while they run, under names that stay.
  // Pods take in changes while they run, and keep the last good configuration when they reject one.
  partConfigs(ctx, parts)::
    local shards = ctx.proxy.shards;
    local stops = lib.roads.stops(ctx);
    local divided =
      if shards == 1 then [stops]
      else
        local numbers = [here.shardOf(stop.service, shards) for stop in stops];
        [
          [stops[i] for i in std.range(0, std.length(stops) - 1) if numbers[i] == shard]
          for shard in std.range(0, shards - 1)
        ];
    [
      here.configMap(ctx, part.name + '-' + name, files[name])
      for part in parts
      for files in [ctx.proxy.files(divided[part.shard], here.peerOffset(part.shard))]
      for name in std.objectFields(files)
    ],

  // A ConfigMap of files that the pods read from disk.
  configMap(ctx, name, data):: {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: here.metadata(ctx, name),
    data: data,
  },
}
