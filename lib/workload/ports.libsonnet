// Ports of containers.
{
  local lib = self,

  // The ports that the app's own container listens on. Service ports that share a target share a container port.
  containerPorts(ports)::
    local listens = [lib.containerPort(p) for p in ports];
    [
      listens[i]
      for i in std.range(0, std.length(listens) - 1)
      if std.length([
        j
        for j in std.range(0, i - 1)
        if listens[j].containerPort == listens[i].containerPort && listens[j].protocol == listens[i].protocol
      ]) == 0
    ],

  // Where the app's own container listens for a port of its service.
  containerPort(port):: {
    name: port.name,
    containerPort: std.get(port, 'targetPort', port.port),
    protocol: std.get(port, 'protocol', 'TCP'),
  },

  // The name that the container gives to what a service port leads to.
  targetName(app, port)::
    local target = lib.containerPort(port);
    [p.name for p in app.ports if p.containerPort == target.containerPort && p.protocol == target.protocol][0],

  // The ports of a further container.
  sidecarPorts(c):: [{ protocol: 'TCP' } + p for p in std.get(c, 'ports', [])],

  // Every port that some container of the pod declares.
  declaredPorts(app)::
    app.ports
    + std.flatMap(lib.sidecarPorts, std.get(app.spec, 'containers', []) + std.get(app.spec, 'initContainers', [])),
}
