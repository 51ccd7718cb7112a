// The pod: what every controller runs.
{
  local lib = self,

  // The pod template of the app.
  podTemplate(app)::
    local annotations = app.annotations + lib.podAnnotations(app);
    {
      metadata: {
        labels: app.labels,
        [if annotations != {} then 'annotations']: annotations,
      },
      spec: lib.podSpec(app),
    },

  // Annotations of the pods alone.
  podAnnotations(app)::
    lib.scrapeAnnotations(app)
    + (if 'containers' in app.spec then { 'kubectl.kubernetes.io/default-container': app.name } else {}),

  // The pod's spec.
  podSpec(app)::
    local spec = app.spec;
    local init = [lib.initContainer(app, c) for c in std.get(spec, 'initContainers', [])];
    local spread = lib.topologySpread(app);
    local volumes = lib.volumes(app);
    lib.pick(spec, ['nodeSelector', 'terminationGracePeriodSeconds', 'tolerations']) + {
      automountServiceAccountToken: lib.automountsToken(app),
      containers: [lib.ownContainer(app)] + [lib.sidecar(app, c) for c in std.get(spec, 'containers', [])],
      // Variables for every service of the namespace would make the pod depend on who else is there.
      enableServiceLinks: false,
      [if init != [] then 'initContainers']: init,
      priorityClassName: lib.priorityClass(app),
      [if lib.runsToCompletion(app) then 'restartPolicy']: std.get(lib.jobSettings(app), 'restartPolicy', 'Never'),
      securityContext: lib.podSecurity(app),
      serviceAccountName: app.name,
      [if spread != [] then 'topologySpreadConstraints']: spread,
      [if volumes != [] then 'volumes']: volumes,
    },

  // The priority class of the app's tier.
  priorityClass(app):: lib.choice('spec.tier', app.spec.tier, app.fleet.tiers).priorityClass,
}
