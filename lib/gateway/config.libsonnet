// ConfigMaps of the gateway. A value of `data` that is an object is written as JSON text when it is emitted: making
// text of megabytes here would cost seconds in the reference engine.
{
  local lib = self,

  // Where the pods find routes and upstreams, and the bootstrap.
  configFolder:: '/etc/envoy/roads',
  bootstrapFolder:: '/etc/envoy/bootstrap',

  // The bootstrap, which Envoy reads at its start only: the name carries a digest of it, so a change rolls the pods. The
  // old one goes last, when no pod can start with it any more.
  bootstrapConfig(ctx)::
    local bootstrap = lib.bootstrap(ctx);
    local digest = std.substr(std.md5(std.manifestJsonMinified(bootstrap)), 0, 10);
    {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: lib.gatewayMetadata(ctx, lib.gatewayName + '-bootstrap-' + digest) {
        annotations: { 'argocd.argoproj.io/sync-options': 'PruneLast=true' },
      },
      immutable: true,
      data: { 'envoy.json': bootstrap },
    },

  // Routes and upstreams of one shard: its services, wherever in the DC they run.
  shardConfig(ctx, index)::
    local shards = lib.gatewayShards(ctx);
    local services = [
      service { endpoints: lib.weighted(service.endpoints) }
      for service in ctx.services
      if lib.shardOf(service, shards) == index
    ];
    lib.roadConfig(ctx, lib.gatewayShardName(index), services, lib.onceMore),

  // Routes and upstreams for calls from other clusters: what runs here, here.
  peerConfig(ctx)::
    local services = [
      service { endpoints: [endpoint { weight: 1 } for endpoint in service.endpoints if endpoint['local']] }
      for service in ctx.services
      if std.any([endpoint['local'] for endpoint in service.endpoints])
    ];
    lib.roadConfig(ctx, lib.peerName, services, {}),

  // The two ConfigMaps of one part of the gateway. They keep their names: Envoy takes in changes while it runs, and
  // keeps the last good configuration when it refuses one.
  roadConfig(ctx, name, services, routeExtra)::
    local domain = ctx.fleet.domains.cluster;
    [
      lib.roadConfigMap(ctx, name + '-clusters', 'clusters.json', [
        lib.upstream(service, port, service.endpoints, domain)
        for service in services
        for port in service.ports
      ]),
      lib.roadConfigMap(ctx, name + '-routes', 'routes.json', [
        lib.routeTable(services, lib.upstreamName, routeExtra),
      ]),
    ],

  // A ConfigMap with one file of resources, in the form in which Envoy reads them from disk.
  roadConfigMap(ctx, name, file, resources):: {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: lib.gatewayMetadata(ctx, name),
    data: { [file]: { resources: resources } },
  },
}
