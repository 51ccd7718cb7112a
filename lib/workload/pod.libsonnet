// The pod: what every controller runs.
local util = import '../util.libsonnet';

// The ports of a further container.
local sidecarPorts(c) = [{ protocol: 'TCP' } + p for p in std.get(c, 'ports', [])];

// The app's own container, named after the app. Of its sources of variables the config comes first: the last one of
// a name wins.
local ownContainer(lib, app) =
  local spec = app.spec;
  local fromConfig = [{ configMapRef: { name: c.objectName } } for c in app.config if std.get(c, 'asEnv', false)];
  local body = spec {
    envFrom: fromConfig + std.get(spec, 'envFrom', []),
    volumeMounts: lib.ownMounts(app) + std.get(spec, 'volumeMounts', []),
  };
  lib.container(
    app, 'spec', body, app.name, app.ports + lib.scrapePorts(app), std.get(spec, 'securityContext', {})
  );

// A further container of the list `list`.
local sidecar(lib, app, list, c) =
  local security = std.get(c, 'securityContext', {});
  lib.container(app, 'spec.' + list + '[' + c.name + ']', c, c.name, sidecarPorts(c), security);

// A container that runs before the others, or with `restartPolicy: Always` beside them from before they start.
local initContainer(lib, app, c) =
  if 'restartPolicy' in c then sidecar(lib, app, 'initContainers', c) { restartPolicy: c.restartPolicy }
  else if 'probes' in c then
    error 'spec.initContainers[' + c.name + '].probes: a container that ends has no health; '
          + 'remove them, or set restartPolicy: Always'
  else sidecar(lib, app, 'initContainers', c);

{
  // The pod template.
  template(lib, app)::
    local annotations =
      app.annotations
      + lib.scrapeAnnotations(app)
      + (if 'containers' in app.spec then { 'kubectl.kubernetes.io/default-container': app.name } else {});
    {
      metadata: { labels: app.labels, [if annotations != {} then 'annotations']: annotations },
      spec: lib.podSpec(app),
    },

  // The pod's spec. Variables for every service of the namespace would make it depend on who else is there, so it
  // has none.
  spec(lib, app)::
    local spec = app.spec;
    local init = [initContainer(lib, app, c) for c in std.get(spec, 'initContainers', [])];
    local spread = lib.topologySpread(app);
    local volumes = lib.podVolumes(app);
    {
      automountServiceAccountToken: lib.automountsToken(app),
      containers:
        [ownContainer(lib, app)] + [sidecar(lib, app, 'containers', c) for c in std.get(spec, 'containers', [])],
      enableServiceLinks: false,
      [if init != [] then 'initContainers']: init,
      [if 'nodeSelector' in spec then 'nodeSelector']: spec.nodeSelector,
      priorityClassName: util.choice('spec.tier', spec.tier, app.fleet.tiers).priorityClass,
      [if lib.runsToCompletion(app) then 'restartPolicy']:
        std.get(std.get(spec, 'job', {}), 'restartPolicy', 'Never'),
      securityContext: lib.podSecurity(app),
      serviceAccountName: app.name,
      [if 'terminationGracePeriodSeconds' in spec then 'terminationGracePeriodSeconds']:
        spec.terminationGracePeriodSeconds,
      [if 'tolerations' in spec then 'tolerations']: spec.tolerations,
      [if spread != [] then 'topologySpreadConstraints']: spread,
      [if volumes != [] then 'volumes']: volumes,
    },
}
