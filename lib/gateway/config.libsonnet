// ConfigMaps of the gateway. Their text is JSON made by `'' + value`, the one way that is quick in every engine; each
// service stands on a line of its own, so that a change of one is a change of one line.
// A list as JSON, one item a line.
local lines(items) = '[\n' + std.join(',\n', ['' + item for item in items]) + '\n]';

{
  local lib = self,

  // Where the pods find routes and upstreams, and the bootstrap.
  configFolder:: '/etc/envoy/roads',
  bootstrapFolder:: '/etc/envoy/bootstrap',

  // The bootstrap, which Envoy reads at its start only: the name carries a digest of it, so a change rolls the pods. The
  // old one goes last, when no pod can start with it any more.
  bootstrapConfig(ctx)::
    local bootstrap = lib.bootstrap(ctx);
    local text = '{' + std.join(',', ['\n"' + key + '": ' + bootstrap[key] for key in std.objectFields(bootstrap)]) + '\n}\n';
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

  // Routes and upstreams of one shard: its services, wherever in the DC they run.
  shardConfig(ctx, index, stops)::
    lib.roadConfig(ctx, lib.gatewayShardName(index), [stop for stop in stops if stop.shard == index], lib.anywhere, lib.onceMore),

  // Routes and upstreams for calls from other clusters: what runs here, here.
  peerConfig(ctx, stops)::
    local here(stop) = stop.here;
    lib.roadConfig(ctx, lib.peerName, [stop for stop in stops if stop.here != []], here, {}),

  // All localities of a stop that take traffic. A service that only runs here does so at any weight.
  anywhere(stop)::
    local weighted = [place for place in stop.here if place.load_balancing_weight > 0] + stop.elsewhere;
    if weighted != [] then weighted else [place { load_balancing_weight: 1 } for place in stop.here],

  // The two ConfigMaps of one part of the gateway. They keep their names: Envoy takes in changes while it runs, and
  // keeps the last good configuration when it refuses one.
  roadConfig(ctx, name, stops, places, extra):: [
    lib.roadConfigMap(ctx, name + '-clusters', {
      'clusters.json': '{"resources": ' + lines(lib.upstreams(stops, places)) + '}\n',
    }),
    lib.roadConfigMap(ctx, name + '-routes', {
      'routes.json': '{"resources": [{'
                     + '"@type": "type.googleapis.com/envoy.config.route.v3.RouteConfiguration", "name": "intra-dc", '
                     + '"virtual_hosts": ' + lines(lib.virtualHosts(stops, extra)) + '}]}\n',
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
