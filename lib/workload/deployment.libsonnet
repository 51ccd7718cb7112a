// Deployments.
{
  local lib = self,

  // A Deployment. Unless told otherwise it never has fewer ready pods than asked for while it rolls.
  deployment(app, variant):: {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: lib.metadata(app, app.name, {}),
    spec: lib.replicas(variant) + lib.pick(lib.rollout(app), ['minReadySeconds', 'progressDeadlineSeconds']) + {
      revisionHistoryLimit: std.get(lib.rollout(app), 'revisionHistoryLimit', 5),
      selector: { matchLabels: app.selector },
      strategy: lib.deploymentStrategy(app),
      template: app.template,
    },
  },

  // How a Deployment replaces its pods. A volume that one node alone can attach rules out a surge: the new pod would
  // wait for the old one's volume, and the old one for the new pod.
  deploymentStrategy(app)::
    lib.rolloutType(app, {
      RollingUpdate: { type: 'RollingUpdate', rollingUpdate: lib.deploymentRollingUpdate(lib.rollout(app)) },
      Recreate: { type: 'Recreate' },
    }, if lib.hasExclusiveClaim(app) then 'Recreate' else 'RollingUpdate'),

  // Surge and gap of a rolling update; Kubernetes refuses zero for both.
  deploymentRollingUpdate(rollout)::
    local surge = std.get(rollout, 'maxSurge', '25%');
    local still = surge == 0 || surge == '0%';
    {
      maxSurge: surge,
      maxUnavailable: std.get(rollout, 'maxUnavailable', if still then '25%' else 0),
    },
}
