// Spreading pods over zones and hosts.
local util = import '../core/util.libsonnet';

// One constraint, or none. Only a Deployment's pods carry a hash that differs by version; without it a rolling
// update counts the old pods too and leaves the new ones lopsided.
local constraint(here, app, field, topologyKey, asked) =
  local one = {
    labelSelector: { matchLabels: app.selector },
    [if app.spec.kind == 'Deployment' then 'matchLabelKeys']: ['pod-template-hash'],
    maxSkew: std.get(asked, 'maxSkew', 1),
    topologyKey: topologyKey,
  };
  local strength = std.get(asked, field, std.get(here.defaults.spread, app.spec.kind, 'none'));
  util.choice('spec.topologySpread.' + field, strength, {
    required: [one { nodeTaintsPolicy: 'Honor', whenUnsatisfiable: 'DoNotSchedule' }],
    preferred: [one { whenUnsatisfiable: 'ScheduleAnyway' }],
    none: [],
  });

function(lib) {
  local here = self,

  // The topology spread constraints of an app's pods.
  topologySpread(app)::
    local asked = std.get(app.spec, 'topologySpread', {});
    if app.spec.kind == 'DaemonSet' then []
    else
      constraint(here, app, 'zones', 'topology.kubernetes.io/zone', asked)
      + constraint(here, app, 'hosts', 'kubernetes.io/hostname', asked),
}
