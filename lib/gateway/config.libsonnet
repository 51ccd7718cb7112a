// ConfigMaps of the gateway.
{
  local lib = self,

  // Where the pods find routes and upstreams, and the bootstrap.
  configFolder:: '/etc/envoy/roads',
  bootstrapFolder:: '/etc/envoy/bootstrap',

  // The bootstrap, which Envoy reads at its start only: the name carries a digest of it, so a change rolls the pods.
  // The old one goes last, when no pod can start with it any more.
  bootstrapConfig(ctx)::
    local bootstrap = lib.bootstrap(ctx);
    local fields = ['"' + key + '": ' + bootstrap[key] for key in std.objectFields(bootstrap)];
    local text = '{\n' + std.join(',\n', fields) + '\n}\n';
    local digest = std.substr(std.md5(text), 0, 10);
    {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: lib.gatewayMetadata(ctx, lib.gatewayName + '-bootstrap-' + digest) {
        annotations: { 'argocd.argoproj.io/sync-options': 'PruneLast=true' },
      },
      immutable: true,
      data: { 'envoy.json': text },
    },

  // Routes and upstreams of one part, in two ConfigMaps that keep their names: Envoy takes in changes while it runs,
  // and keeps the last good configuration when it refuses one.
  partConfig(ctx, part, stops)::
    local carried = [stop for stop in stops if stop.shard == part.shard && part.carries(stop)];
    [
      lib.roadConfigMap(ctx, part.name + '-clusters', {
        'clusters.json': '{"resources": ' + lib.upstreams(carried, part.places) + '}\n',
      }),
      lib.roadConfigMap(ctx, part.name + '-routes', {
        'routes.json': '{"resources": [{' + lib.routeTable(carried, part.routes) + '}]}\n',
      }),
    ],

  // A ConfigMap of files that Envoy reads from disk.
  roadConfigMap(ctx, name, data):: {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: lib.gatewayMetadata(ctx, name),
    data: data,
  },
}
