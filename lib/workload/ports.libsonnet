// Ports of containers.
{
  local here = self,

  // Where a container listens for a port of the service.
  target(port):: {
    name: port.name,
    containerPort: std.get(port, 'targetPort', port.port),
    protocol: std.get(port, 'protocol', 'TCP'),
  },

  // The container ports of a service's ports: those that share a target share one.
  listening(ports)::
    local targets = [here.target(p) for p in ports];
    if std.length(targets) == 1 then targets
    else std.foldl(
      function(found, t) if here.find(found, t) == [] then found + [t] else found,
      targets,
      [],
    ),

  // Those of `ports` with the number and protocol of `target`.
  find(ports, target):: [p for p in ports if p.containerPort == target.containerPort && p.protocol == target.protocol],

  // Every port that some container of the pod declares.
  declared(app)::
    app.ports
    + [
      p
      for c in std.get(app.spec, 'containers', []) + std.get(app.spec, 'initContainers', [])
      for p in std.get(c, 'ports', [])
    ],
}
