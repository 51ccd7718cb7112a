// ConfigMaps of the gateway.
function(lib) {
  local here = self,

  // The ConfigMap of the bootstrap, with a digest in its name.
  // Pods read it at their start only, so a change must roll them. The old one is deleted last, when no pod can start
  // with it any more.
  bootstrapConfig(ctx)::
    local text = here.envoy.bootstrapText(ctx, here.settings(ctx));
    local digest = std.substr(std.md5(text), 0, 10);
    here.configMap(ctx, here.name + '-bootstrap-' + digest, { 'envoy.json': text }) {
      metadata+: { annotations: { 'argocd.argoproj.io/sync-options': 'PruneLast=true' } },
      immutable: true,
    },

  // ConfigMaps of routes and upstreams, two for each part, under names that stay.
  // Pods take in changes while they run, and keep the last good configuration when they reject one.
  partConfigs(ctx, parts)::
    local envoy = here.envoy;
    local shards = here.settings(ctx).shards;
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
      for files in [envoy.files(divided[part.shard], part.peer, here.peerOffset(part.shard))]
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
