// How pods spread over zones and hosts: preferred by default. What runs to its end spreads only when asked to, and a
// DaemonSet has its pods on every node anyway.
local util = import '../util.libsonnet';

local defaults = { Deployment: 'preferred', StatefulSet: 'preferred', CronJob: 'none', Job: 'none' };

// One constraint, or none. Only a Deployment's pods carry a hash that tells its versions apart; without it a rolling
// update counts the old pods too and leaves the new ones lopsided.
local constraint(app, field, topologyKey, asked) =
  local one = {
    labelSelector: { matchLabels: app.selector },
    [if app.spec.kind == 'Deployment' then 'matchLabelKeys']: ['pod-template-hash'],
    maxSkew: std.get(asked, 'maxSkew', 1),
    topologyKey: topologyKey,
  };
  local strength = std.get(asked, field, std.get(defaults, app.spec.kind, 'none'));
  util.choice('spec.topologySpread.' + field, strength, {
    required: [one { nodeTaintsPolicy: 'Honor', whenUnsatisfiable: 'DoNotSchedule' }],
    preferred: [one { whenUnsatisfiable: 'ScheduleAnyway' }],
    none: [],
  });

function(app)
  local asked = std.get(app.spec, 'topologySpread', {});
  if app.spec.kind == 'DaemonSet' then []
  else
    constraint(app, 'zones', 'topology.kubernetes.io/zone', asked)
    + constraint(app, 'hosts', 'kubernetes.io/hostname', asked)
