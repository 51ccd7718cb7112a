// How pods spread over zones and hosts.
{
  local lib = self,

  // The constraints: preferred by default. What runs to its end, or on every node, spreads only when asked to.
  topologySpread(app)::
    local spec = app.spec;
    local asked = std.get(spec, 'topologySpread', {});
    local default = if spec.kind == 'Deployment' || spec.kind == 'StatefulSet' then 'preferred' else 'none';
    local zones = std.get(asked, 'zones', default);
    local hosts = std.get(asked, 'hosts', default);
    local maxSkew = std.get(asked, 'maxSkew', 1);
    lib.spreadOver(app, 'topologySpread.zones', 'topology.kubernetes.io/zone', zones, maxSkew)
    + lib.spreadOver(app, 'topologySpread.hosts', 'kubernetes.io/hostname', hosts, maxSkew),

  // One constraint, or none. Only a Deployment's pods carry a hash that tells its versions apart; without it a rolling
  // update counts old pods too and leaves the new ones lopsided.
  spreadOver(app, field, topologyKey, strength, maxSkew)::
    local constraint = {
      labelSelector: { matchLabels: app.selector },
      [if app.spec.kind == 'Deployment' then 'matchLabelKeys']: ['pod-template-hash'],
      maxSkew: maxSkew,
      topologyKey: topologyKey,
    };
    lib.choice('spec.' + field, strength, {
      required: [constraint { nodeTaintsPolicy: 'Honor', whenUnsatisfiable: 'DoNotSchedule' }],
      preferred: [constraint { whenUnsatisfiable: 'ScheduleAnyway' }],
      none: [],
    }),
}
