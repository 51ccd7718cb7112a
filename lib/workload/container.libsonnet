// Containers. A reference to one of the app's own configs becomes one to the object with its digest.
local util = import '../core/util.libsonnet';

// A variable with its value from elsewhere.
local variable(lib, app, v) =
  local from = v.valueFrom;
  if 'configMapKeyRef' in from then v {
    valueFrom: { configMapKeyRef: from.configMapKeyRef { name: lib.config.objectName(app, super.name) } },
  }
  else if 'resourceFieldRef' in from && 'divisor' in from.resourceFieldRef then v {
    valueFrom: { resourceFieldRef: from.resourceFieldRef { divisor: util.quantity(super.divisor) } },
  }
  else v;

// A source of which every key becomes a variable.
local source(lib, app, s) =
  if 'configMapRef' in s then s { configMapRef: s.configMapRef { name: lib.config.objectName(app, super.name) } }
  else s;

// Requests and limits, as text.
local amounts(values) = { [name]: util.quantity(values[name]) for name in std.objectFields(values) };

function(lib) {
  local here = self,

  // A container of an app's pods.
  // `body` is the manifest's container at `field`, which errors name; `name`, `ports` and `security` are the pod's.
  container(app, field, body, name, ports, security)::
    local probes = std.get(body, 'probes', {});
    {
      [if 'args' in body then 'args']: body.args,
      [if 'command' in body then 'command']: body.command,
      [if 'env' in body then 'env']: [if 'valueFrom' in v then variable(lib, app, v) else v for v in body.env],
      [if 'envFrom' in body && body.envFrom != [] then 'envFrom']: [source(lib, app, s) for s in body.envFrom],
      image: if 'image' in body then body.image else error field + '.image: must be given',
      [if 'imagePullPolicy' in body then 'imagePullPolicy']: body.imagePullPolicy,
      [if 'lifecycle' in body then 'lifecycle']: body.lifecycle,
      [if 'liveness' in probes then 'livenessProbe']: probes.liveness,
      name: name,
      [if ports != [] then 'ports']: ports,
      [if 'readiness' in probes then 'readinessProbe']: probes.readiness,
      [if 'resources' in body then 'resources']: {
        [if 'limits' in body.resources then 'limits']: amounts(body.resources.limits),
        [if 'requests' in body.resources then 'requests']: amounts(body.resources.requests),
      },
      securityContext: here.containerSecurity(security),
      [if 'startup' in probes then 'startupProbe']: probes.startup,
      [if 'volumeMounts' in body && body.volumeMounts != [] then 'volumeMounts']: body.volumeMounts,
      [if 'workingDir' in body then 'workingDir']: body.workingDir,
    },
}
