// Deployments.
local util = import '../core/util.libsonnet';

function(lib) {
  local here = self,

  // Settings of Deployments that a manifest may replace.
  defaults:: {
    // Old versions that a controller keeps.
    revisionHistoryLimit: 5,
    // Pods that a Deployment may have beyond its replicas while it rolls.
    maxSurge: '25%',
  },

  // The Deployment of an app on one cluster's share.
  // Unless the manifest says otherwise, it never has fewer ready pods than asked for while it rolls.
  deployment(app, share)::
    local rollout = std.get(app.spec, 'rollout', {});
    // A volume that one node alone can attach rules out a surge: the new pod would wait for the old one's volume, and
    // the old one for the new pod.
    local type =
      if 'type' in rollout then rollout.type
      else if app.volumes != [] && lib.storage.exclusive(app) then 'Recreate'
      else 'RollingUpdate';
    {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: lib.core.metadata(app, app.name, {}),
      spec: {
        [if 'minReadySeconds' in rollout then 'minReadySeconds']: rollout.minReadySeconds,
        [if 'progressDeadlineSeconds' in rollout then 'progressDeadlineSeconds']: rollout.progressDeadlineSeconds,
        // No number where an autoscaler owns it: every sync would set it back.
        [if 'replicas' in share.scale then 'replicas']: share.scale.replicas,
        revisionHistoryLimit: std.get(rollout, 'revisionHistoryLimit', here.defaults.revisionHistoryLimit),
        selector: { matchLabels: app.selector },
        strategy: util.choice('spec.rollout.type of a Deployment', type, {
          RollingUpdate: { type: 'RollingUpdate', rollingUpdate: here.rollingUpdate(rollout) },
          Recreate: { type: 'Recreate' },
        }),
        template: app.template,
      },
    },

  // Surge and gap of a Deployment's rolling update; Kubernetes rejects zero for both.
  rollingUpdate(rollout)::
    local surge = std.get(rollout, 'maxSurge', here.defaults.maxSurge);
    {
      maxSurge: surge,
      maxUnavailable: std.get(rollout, 'maxUnavailable', if surge == 0 || surge == '0%' then '25%' else 0),
    },
}
