// Intra-dc names. The platform namespace is named after the DC, so `<app>.<dc>.svc.cluster.local` resolves natively on
// every cluster of the DC, wherever the app runs.
{
  local lib = self,

  // One ClusterIP Service for each service of the DC, all of them in front of the gateway's pods.
  roadServices(ctx)::
    local namespace = ctx.dataCenter.name;
    local shards = lib.gatewayShards(ctx);
    local selectors = [lib.gatewaySelector(lib.gatewayPart(shard).name) for shard in std.range(0, shards - 1)];
    local distribution = lib.nearby(ctx.cluster);
    [
      lib.roadService(service, namespace, selectors[lib.shardOf(service.name, shards)], distribution)
      for service in ctx.services
    ],

  // Callers use the gateway's pods of their own zone while there are any (a field since Kubernetes 1.31).
  nearby(cluster):: if lib.atLeast(cluster.version, 31) then { trafficDistribution: 'PreferClose' } else {},

  // The name of one service: its own ports, each leading to the gateway's listener.
  roadService(service, namespace, selector, extra):: {
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
    spec: extra {
      type: 'ClusterIP',
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
