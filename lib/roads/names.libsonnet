// Intra-dc names. The platform namespace is named after the DC, so `<app>.<dc>.svc.cluster.local` resolves natively on
// every cluster of the DC, wherever the app runs.
{
  local lib = self,

  // One ClusterIP Service for each service of the DC, all of them in front of the gateway's pods.
  roadServices(ctx)::
    local namespace = ctx.dataCenter.name;
    local shards = lib.gatewayShards(ctx);
    local selectors = [lib.gatewaySelector(lib.gatewayPart(shard).name) for shard in std.range(0, shards - 1)];
    local near = lib.nearness(ctx.cluster);
    [
      lib.roadService(service, namespace, selectors[lib.shardOf(service.name, shards)], near)
      for service in ctx.services
    ],

  // How callers are kept to the gateway's pods of their own zone while there are any: since Kubernetes 1.31. From 1.35
  // on the API server warns of the first name for it. null: it cannot be asked for.
  nearness(cluster)::
    if lib.atLeast(cluster.version, 35) then 'PreferSameZone'
    else if lib.atLeast(cluster.version, 31) then 'PreferClose',

  // The name of one service: its own ports, each leading to the gateway's listener.
  roadService(service, namespace, selector, near):: {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: {
      name: if std.startsWith(service.name, 'sixfold-') then
        error service.name + ": names of apps must not begin with 'sixfold-', which is the platform's"
      else service.name,
      namespace: namespace,
      labels: {
        'app.kubernetes.io/name': service.name,
        'app.kubernetes.io/part-of': 'sixfold',
        'app.kubernetes.io/managed-by': 'sixfold',
        'sixfold.dev/team': service.team,
        'sixfold.dev/tier': service.tier,
      },
    },
    spec: {
      type: 'ClusterIP',
      [if near != null then 'trafficDistribution']: near,
      selector: selector,
      ports: [
        {
          name: port.name,
          port: port.port,
          targetPort: 'http',
          protocol: 'TCP',
          appProtocol: if lib.speaksHttp2(port) then 'kubernetes.io/h2c' else 'http',
        }
        for port in service.ports
      ],
    },
  },
}
