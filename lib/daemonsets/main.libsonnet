// DaemonSets.
local util = import '../core/util.libsonnet';

function(lib) {
  local here = self,

  // Settings of DaemonSets that a manifest may replace.
  defaults:: {
    // Old versions that a controller keeps.
    revisionHistoryLimit: 5,
  },

  // The DaemonSet of an app: one pod on every node that its node selector and tolerations let it on.
  daemonSet(app)::
    local rollout = std.get(app.spec, 'rollout', {});
    // A node has either a gap or a surge, never both.
    local rolling =
      (if 'maxSurge' in rollout then { maxUnavailable: 0 } else {})
      + util.pick(rollout, ['maxSurge', 'maxUnavailable']);
    {
      apiVersion: 'apps/v1',
      kind: 'DaemonSet',
      metadata: lib.core.metadata(app, app.name, {}),
      spec: {
        [if 'minReadySeconds' in rollout then 'minReadySeconds']: rollout.minReadySeconds,
        revisionHistoryLimit: std.get(rollout, 'revisionHistoryLimit', here.defaults.revisionHistoryLimit),
        selector: { matchLabels: app.selector },
        template: app.template,
        updateStrategy: util.choice('spec.rollout.type of a DaemonSet', std.get(rollout, 'type', 'RollingUpdate'), {
          RollingUpdate: { type: 'RollingUpdate', [if rolling != {} then 'rollingUpdate']: rolling },
          OnDelete: { type: 'OnDelete' },
        }),
      },
    },
}
