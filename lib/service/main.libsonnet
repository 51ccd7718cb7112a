// Services of an app, and the ports of its containers.
local util = import '../core/util.libsonnet';

function(lib) {
  local here = self,

  // Settings of ports that a manifest may replace.
  defaults:: {
    // Transport protocol.
    protocol: 'TCP',
    // Application protocol, by the manifest's name for it.
    appProtocol: 'http',
  },

  // Services of an app inside the cluster: none without ports, and none for what runs to completion.
  objects(app):: if app.ports == [] || app.runsToCompletion then [] else [here.clusterIP(app)],

  // The Service that callers and the gateway use.
  // It is never a NodePort: nothing outside the cluster reaches a node.
  clusterIP(app):: {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: lib.core.metadata(app, app.name, {}),
    spec: {
      ports: [here.servicePort(app, p) for p in app.spec.ports],
      selector: app.selector,
      type: 'ClusterIP',
    },
  },

  // Application protocols by the manifest's names, with the names that Kubernetes gives them.
  appProtocols:: { http: 'http', http2: 'kubernetes.io/h2c', grpc: 'grpc', tcp: 'tcp', tls: 'tls' },

  // The container port that a port of the Service leads to.
  targetPort(port):: {
    name: port.name,
    containerPort: std.get(port, 'targetPort', port.port),
    protocol: std.get(port, 'protocol', here.defaults.protocol),
  },

  // The container ports of a Service's ports: those with the same target share one.
  containerPorts(ports)::
    local targets = [here.targetPort(p) for p in ports];
    if std.length(targets) < 2 then targets
    else std.foldl(
      function(distinct, t) if here.matchingPorts(distinct, t) == [] then distinct + [t] else distinct,
      targets,
      [],
    ),

  // The ports with the number and protocol of `target`.
  matchingPorts(ports, target):: [
    p
    for p in ports
    if p.containerPort == target.containerPort && p.protocol == target.protocol
  ],

  // Every port that some container of the pod declares.
  declaredPorts(app)::
    app.ports
    + [
      p
      for c in std.get(app.spec, 'containers', []) + std.get(app.spec, 'initContainers', [])
      for p in std.get(c, 'ports', [])
    ],

  // A port of a Service; it leads to the container's port by name.
  servicePort(app, port)::
    local target = here.targetPort(port);
    local appProtocol = std.get(port, 'appProtocol', here.defaults.appProtocol);
    {
      [if target.protocol == 'TCP' then 'appProtocol']:
        util.choice('spec.ports[' + port.name + '].appProtocol', appProtocol, here.appProtocols),
      name: port.name,
      port: port.port,
      protocol: target.protocol,
      targetPort: here.matchingPorts(app.ports, target)[0].name,
    },
}
