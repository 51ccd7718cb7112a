// Envoy as the gateway of every cluster. The objects around it are those of every gateway (`gateway`); what runs in the
// pods is in `proxy`, which an app's evaluation never reads.
function(lib) {
  local here = self,

  // Files of a cluster: the gateway, and the names that lead to it.
  platform(ctx, settings)::
    local gateway = ctx { proxy: here.record(ctx, settings) };
    {
      'gateway.yaml': lib.gateway.objects(gateway) + here.certificates(ctx, settings),
      'roads.yaml': lib.roads.services(ctx, lib.gateway.backends(gateway)),
    },

  // The gateway's pods, and the port on which they take calls.
  carrier(settings):: { peer: lib.gateway.peer, ports: here.callPorts(settings) },

  // The ports on which the gateway's pods take calls of other pods.
  callPorts(settings):: [
    { port: settings.httpPort + number, protocol: 'TCP' }
    for number in here.proxy.tableNumbers(settings)
  ],

  // The gateway's metrics, and what somebody should know about.
  watched(ctx, settings):: {
    name: lib.gateway.name,
    namespace: ctx.dataCenter.name,
    selector: { 'app.kubernetes.io/name': lib.gateway.name },
    port: 'status',
    path: '/metrics',
    alerts: here.proxy.alerts(ctx, settings),
  },

  // The certificate by which the gateways know each other, where cert-manager has an issuer for it.
  certificates(ctx, settings)::
    if !('issuer' in settings) || !lib.gateway.hasPeers(ctx) then []
    else [{
      apiVersion: 'cert-manager.io/v1',
      kind: 'Certificate',
      metadata: lib.gateway.metadata(ctx, settings.secret),
      spec: {
        secretName: settings.secret,
        issuerRef: { group: 'cert-manager.io', kind: 'ClusterIssuer' } + settings.issuer,
        uris: [here.proxy.gatewayName(ctx, ctx.cluster.name)],
        usages: ['digital signature', 'client auth', 'server auth'],
        privateKey: { algorithm: 'ECDSA', size: 256, rotationPolicy: 'Always' },
      },
    }],

  // What the gateway's objects have to know of the pods (`gateway.defaults`).
  record(ctx, settings):: {
    replicas: settings.replicas,
    shards: settings.shards,
    statusPort: settings.statusPort,
    // Connections of pods live a minute at most; a load balancer sends calls for longer.
    drainSeconds: if lib.gateway.hasPeers(ctx) then settings.drainSeconds else 70,
    callPorts: here.callPorts(settings),
    [if lib.gateway.hasPeers(ctx) then 'secret']: settings.secret,
    bootstrap: { 'envoy.json': here.proxy.bootstrapText(ctx, settings) }
               + (if lib.gateway.hasPeers(ctx) then here.proxy.secretFiles else {}),
    kept: ['upstreams'] + [here.proxy.tableName(number) for number in here.proxy.tableNumbers(settings)],
    // Files of routes and upstreams for some stops.
    files(stops, offset):: here.proxy.files(ctx, settings, stops, offset),
    // The name of the port for calls to a service.
    portOf(service):: here.proxy.portOf(service, settings),
    // The container of one part.
    container(part):: here.proxy.container(ctx, settings, part),
  },

  // The program in the pods: container and configuration.
  proxy:: (import 'proxy/main.libsonnet')(lib),
}
