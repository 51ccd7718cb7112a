// A Deployment. Unless told otherwise it never has fewer ready pods than asked for while it rolls.
local util = import '../util.libsonnet';
local claims = import 'claims.libsonnet';

// Surge and gap of a rolling update; Kubernetes refuses zero for both.
local rollingUpdate(rollout) =
  local surge = std.get(rollout, 'maxSurge', '25%');
  {
    maxSurge: surge,
    maxUnavailable: std.get(rollout, 'maxUnavailable', if surge == 0 || surge == '0%' then '25%' else 0),
  };

// A volume that one node alone can attach rules out a surge: the new pod would wait for the old one's volume, and the
// old one for the new pod.
local defaultType(app) = if app.volumes != [] && claims.exclusive(app) then 'Recreate' else 'RollingUpdate';

function(lib, app, share)
  local rollout = std.get(app.spec, 'rollout', {});
  {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: lib.metadata(app, app.name, {}),
    spec: {
      [if 'minReadySeconds' in rollout then 'minReadySeconds']: rollout.minReadySeconds,
      [if 'progressDeadlineSeconds' in rollout then 'progressDeadlineSeconds']: rollout.progressDeadlineSeconds,
      // No number where an autoscaler owns it: every sync would set it back.
      [if 'replicas' in share.scale then 'replicas']: share.scale.replicas,
      revisionHistoryLimit: std.get(rollout, 'revisionHistoryLimit', 5),
      selector: { matchLabels: app.selector },
      strategy: util.choice('spec.rollout.type of a Deployment', std.get(rollout, 'type', defaultType(app)), {
        RollingUpdate: { type: 'RollingUpdate', rollingUpdate: rollingUpdate(rollout) },
        Recreate: { type: 'Recreate' },
      }),
      template: app.template,
    },
  }
