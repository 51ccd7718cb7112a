// StatefulSets.
{
  local lib = self,

  // A StatefulSet; its claims outlive it and its replicas.
  statefulSet(app, variant)::
    local rollout = lib.rollout(app);
    local claims = lib.claimTemplates(app);
    {
      apiVersion: 'apps/v1',
      kind: 'StatefulSet',
      metadata: lib.metadata(app, app.name, {}),
      spec: lib.replicas(variant) + lib.pick(rollout, ['minReadySeconds']) + {
        serviceName: lib.headlessName(app),
        [if 'podManagement' in rollout then 'podManagementPolicy']: rollout.podManagement,
        revisionHistoryLimit: std.get(rollout, 'revisionHistoryLimit', 5),
        selector: { matchLabels: app.selector },
        updateStrategy: lib.statefulSetStrategy(app),
        template: app.template,
        [if claims != [] then 'volumeClaimTemplates']: claims,
        persistentVolumeClaimRetentionPolicy: { whenDeleted: 'Retain', whenScaled: 'Retain' },
      },
    },

  // How a StatefulSet replaces its pods: one after the other, from the last to the first.
  statefulSetStrategy(app)::
    local rolling = lib.pick(lib.rollout(app), ['maxUnavailable', 'partition']);
    lib.rolloutType(app, {
      RollingUpdate: { type: 'RollingUpdate', [if rolling != {} then 'rollingUpdate']: rolling },
      OnDelete: { type: 'OnDelete' },
    }, 'RollingUpdate'),
}
