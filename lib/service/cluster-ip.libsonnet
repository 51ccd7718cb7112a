// ClusterIP services.
{
  local lib = self,

  // The app's services inside the cluster: none for what runs to its end, two for a StatefulSet.
  services(app)::
    if lib.runsToCompletion(app) then []
    else
      (if std.get(app.spec, 'ports', []) == [] then [] else [lib.clusterIPService(app)])
      + (if app.spec.kind == 'StatefulSet' then [lib.headlessService(app)] else []),

  // The service that callers and the gateway use.
  clusterIPService(app):: {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: lib.metadata(app, app.name, {}),
    spec: {
      type: 'ClusterIP',
      selector: app.selector,
      ports: [lib.servicePort(app, p) for p in app.spec.ports],
    },
  },

  // The service that gives every pod of a StatefulSet a name of its own, ready or not: peers must find each other
  // before they can become ready.
  headlessService(app)::
    local ports = [lib.servicePort(app, p) for p in std.get(app.spec, 'ports', [])];
    {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: lib.metadata(app, lib.headlessName(app), {}),
      spec: {
        type: 'ClusterIP',
        clusterIP: 'None',
        publishNotReadyAddresses: true,
        selector: app.selector,
        [if ports != [] then 'ports']: ports,
      },
    },

  // The name of a StatefulSet's headless service.
  headlessName(app):: app.name + '-pods',

  // A port of a service; it leads to the container's port by name.
  servicePort(app, port)::
    local protocol = std.get(port, 'protocol', 'TCP');
    local speaks = if 'appProtocol' in port then port.appProtocol else if protocol == 'TCP' then 'http' else 'tcp';
    {
      name: port.name,
      port: port.port,
      targetPort: lib.targetName(app, port),
      protocol: protocol,
      [if protocol == 'TCP' then 'appProtocol']: lib.choice('spec.ports[' + port.name + '].appProtocol', speaks, {
        http: 'http',
        http2: 'kubernetes.io/h2c',
        grpc: 'grpc',
        tcp: 'tcp',
        tls: 'tls',
      }),
    },
}
