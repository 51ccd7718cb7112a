// Pods: what every controller runs.
local util = import '../core/util.libsonnet';

// The ports of a further container.
local sidecarPorts(c) = [{ protocol: 'TCP' } + p for p in std.get(c, 'ports', [])];

// The app's own container, named after the app. Of its sources of variables the config comes first: the last one of
// a name wins.
local ownContainer(lib, here, app) =
  local spec = app.spec;
  local fromConfig = [{ configMapRef: { name: c.objectName } } for c in app.config if std.get(c, 'asEnv', false)];
  local mounts = if app.volumes == [] && app.config == [] then [] else lib.storage.ownMounts(app);
  local body = spec {
    envFrom: fromConfig + std.get(spec, 'envFrom', []),
    volumeMounts: mounts + std.get(spec, 'volumeMounts', []),
  };
  here.container(app, 'spec', body, app.name, app.ports + app.added.ports, std.get(spec, 'securityContext', {}));

// A further container of the list `list`.
local sidecar(here, app, list, c) =
  local security = std.get(c, 'securityContext', {});
  here.container(app, 'spec.' + list + '[' + c.name + ']', c, c.name, sidecarPorts(c), security);

// A container that runs before the others, or with `restartPolicy: Always` beside them from before they start.
local initContainer(here, app, c) =
  if 'restartPolicy' in c then sidecar(here, app, 'initContainers', c) { restartPolicy: c.restartPolicy }
  else if 'probes' in c then
    error 'spec.initContainers[' + c.name + '].probes: a container that ends has no health; '
          + 'remove them, or set restartPolicy: Always'
  else sidecar(here, app, 'initContainers', c);

function(lib) {
  local here = self,

  // The pod template of an app.
  podTemplate(app)::
    local annotations =
      app.annotations
      + app.added.annotations
      + (if 'containers' in app.spec then { 'kubectl.kubernetes.io/default-container': app.name } else {});
    {
      metadata: { labels: app.added.labels + app.labels, [if annotations != {} then 'annotations']: annotations },
      spec: here.pod(app),
    },

  // The spec of an app's pods.
  // It has no variables for the services of the namespace: they would make it depend on which other apps are there.
  pod(app)::
    local spec = app.spec;
    local init = [initContainer(here, app, c) for c in std.get(spec, 'initContainers', [])];
    local spread = here.topologySpread(app);
    local volumes = if app.volumes == [] && app.config == [] then [] else lib.storage.podVolumes(app);
    {
      automountServiceAccountToken: lib.identity.automountsToken(app),
      containers:
        [ownContainer(lib, here, app)]
        + [sidecar(here, app, 'containers', c) for c in std.get(spec, 'containers', [])]
        + app.added.containers,
      enableServiceLinks: false,
      [if init != [] then 'initContainers']: init,
      [if 'nodeSelector' in spec then 'nodeSelector']: spec.nodeSelector,
      priorityClassName: util.choice('spec.tier', spec.tier, app.fleet.tiers).priorityClass,
      [if app.runsToCompletion then 'restartPolicy']:
        std.get(std.get(spec, 'job', {}), 'restartPolicy', here.defaults.restartPolicy),
      securityContext: here.podSecurity(app),
      serviceAccountName: app.name,
      [if 'terminationGracePeriodSeconds' in spec then 'terminationGracePeriodSeconds']:
        spec.terminationGracePeriodSeconds,
      [if 'tolerations' in spec then 'tolerations']: spec.tolerations,
      [if spread != [] then 'topologySpreadConstraints']: spread,
      [if volumes != [] then 'volumes']: volumes,
    },
}
