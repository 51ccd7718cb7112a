// A DaemonSet: one pod on every node that its node selector and tolerations let it on.
local util = import '../util.libsonnet';

function(lib, app)
  local rollout = std.get(app.spec, 'rollout', {});
  // A node has either a gap or a surge, never both.
  local rolling =
    (if 'maxSurge' in rollout then { maxUnavailable: 0 } else {}) + util.pick(rollout, ['maxSurge', 'maxUnavailable']);
  {
    apiVersion: 'apps/v1',
    kind: 'DaemonSet',
    metadata: lib.metadata(app, app.name, {}),
    spec: {
      [if 'minReadySeconds' in rollout then 'minReadySeconds']: rollout.minReadySeconds,
      revisionHistoryLimit: std.get(rollout, 'revisionHistoryLimit', 5),
      selector: { matchLabels: app.selector },
      template: app.template,
      updateStrategy: util.choice('spec.rollout.type of a DaemonSet', std.get(rollout, 'type', 'RollingUpdate'), {
        RollingUpdate: { type: 'RollingUpdate', [if rolling != {} then 'rollingUpdate']: rolling },
        OnDelete: { type: 'OnDelete' },
      }),
    },
  }
