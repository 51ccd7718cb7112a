// A port of a service; it leads to the container's port by name.
local util = import '../util.libsonnet';
local ports = import '../workload/ports.libsonnet';

// What is spoken, in the words of Kubernetes.
local appProtocols = { http: 'http', http2: 'kubernetes.io/h2c', grpc: 'grpc', tcp: 'tcp', tls: 'tls' };

function(app, port)
  local target = ports.target(port);
  local tcp = target.protocol == 'TCP';
  {
    [if tcp then 'appProtocol']:
      util.choice('spec.ports[' + port.name + '].appProtocol', std.get(port, 'appProtocol', 'http'), appProtocols),
    name: port.name,
    port: port.port,
    protocol: target.protocol,
    targetPort: ports.find(app.ports, target)[0].name,
  }
