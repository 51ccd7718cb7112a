// Names of services within a data center, and the stops that they lead to. Roads know no gateway: who carries the calls
// gives the backends of the names, and turns the stops into its own configuration.
//
// The platform namespace is named after the data center, so `<app>.<dc>.svc.cluster.local` resolves on every cluster of
// the data center, wherever the app runs.
function(lib) (import 'stops.libsonnet')(lib) + {
  local here = self,

  // One ClusterIP Service for each service of the data center, in front of the pods that carry its calls.
  // `backends` has one `{ selector, targetPort }` for each service, in their order.
  services(ctx, backends)::
    local namespace = ctx.dataCenter.name;
    local near = here.nearness(ctx.cluster);
    [
      here.service(ctx.services[i], namespace, backends[i], near)
      for i in std.range(0, std.length(ctx.services) - 1)
    ],

  // The preference of callers for pods of their own zone; null where Kubernetes is too old for it.
  // Since 1.31; from 1.35 on the API server warns of the first name for it.
  nearness(cluster)::
    if lib.platform.atLeast(cluster.version, 35) then 'PreferSameZone'
    else if lib.platform.atLeast(cluster.version, 31) then 'PreferClose',

  // The Service of one name: its own ports, each leading to the backend's.
  service(service, namespace, backend, near):: {
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
      selector: backend.selector,
      ports: [
        {
          name: port.name,
          port: port.port,
          targetPort: backend.targetPort,
          protocol: 'TCP',
          appProtocol: if here.speaksHttp2(port) then 'kubernetes.io/h2c' else 'http',
        }
        for port in service.ports
      ],
    },
  },
}
