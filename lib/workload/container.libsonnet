// Containers: the app's own, sidecars and init containers.
{
  local lib = self,

  // The app's own container, named after the app.
  ownContainer(app)::
    local spec = app.spec;
    lib.container(app, 'spec', spec {
      envFrom: lib.configEnvFrom(app) + std.get(spec, 'envFrom', []),
      volumeMounts: lib.ownMounts(app) + std.get(spec, 'volumeMounts', []),
    }, app.name, app.ports + lib.scrapePorts(app)),

  // A further container.
  sidecar(app, c):: lib.container(app, 'spec.containers[' + c.name + ']', c, c.name, lib.sidecarPorts(c)),

  // A container that runs before the others, or with `restartPolicy: Always` beside them from before they start.
  initContainer(app, c)::
    local field = 'spec.initContainers[' + c.name + ']';
    if 'probes' in c && !('restartPolicy' in c) then
      error field + '.probes: a container that ends has no health; remove them, or set restartPolicy: Always'
    else lib.container(app, field, c, c.name, lib.sidecarPorts(c)) + lib.pick(c, ['restartPolicy']),

  // A container: `body` is the manifest's at `field`, which errors name.
  container(app, field, body, name, ports)::
    local env = lib.env(app, std.get(body, 'env', []));
    local envFrom = lib.envFrom(app, std.get(body, 'envFrom', []));
    local mounts = std.get(body, 'volumeMounts', []);
    lib.pick(body, ['args', 'command', 'imagePullPolicy', 'lifecycle', 'workingDir'])
    + (if 'probes' in body then lib.probes(body.probes) else {})
    + {
      [if env != [] then 'env']: env,
      [if envFrom != [] then 'envFrom']: envFrom,
      image: if 'image' in body then body.image else error field + '.image: must be given',
      name: name,
      [if ports != [] then 'ports']: ports,
      [if 'resources' in body then 'resources']: lib.resources(body.resources),
      securityContext: lib.containerSecurity(std.get(body, 'securityContext', {})),
      [if mounts != [] then 'volumeMounts']: mounts,
    },

  // The health checks, under their names in Kubernetes.
  probes(probes):: {
    [if 'startup' in probes then 'startupProbe']: probes.startup,
    [if 'readiness' in probes then 'readinessProbe']: probes.readiness,
    [if 'liveness' in probes then 'livenessProbe']: probes.liveness,
  },

  // Requests and limits.
  resources(resources):: { [side]: lib.quantities(resources[side]) for side in std.objectFields(resources) },
}
