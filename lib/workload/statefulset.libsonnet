// A StatefulSet. Its claims outlive it and its replicas, and its pods are replaced one by one, from the last on.
local util = import '../util.libsonnet';

function(lib, app, share)
  local rollout = std.get(app.spec, 'rollout', {});
  local rolling = util.pick(rollout, ['maxUnavailable', 'partition']);
  local claims = lib.claimTemplates(app);
  {
    apiVersion: 'apps/v1',
    kind: 'StatefulSet',
    metadata: lib.metadata(app, app.name, {}),
    spec: {
      [if 'minReadySeconds' in rollout then 'minReadySeconds']: rollout.minReadySeconds,
      persistentVolumeClaimRetentionPolicy: { whenDeleted: 'Retain', whenScaled: 'Retain' },
      [if 'podManagement' in rollout then 'podManagementPolicy']: rollout.podManagement,
      [if 'replicas' in share.scale then 'replicas']: share.scale.replicas,
      revisionHistoryLimit: std.get(rollout, 'revisionHistoryLimit', 5),
      selector: { matchLabels: app.selector },
      serviceName: lib.headlessName(app),
      template: app.template,
      updateStrategy: util.choice('spec.rollout.type of a StatefulSet', std.get(rollout, 'type', 'RollingUpdate'), {
        RollingUpdate: { type: 'RollingUpdate', [if rolling != {} then 'rollingUpdate']: rolling },
        OnDelete: { type: 'OnDelete' },
      }),
      [if claims != [] then 'volumeClaimTemplates']: claims,
    },
  }
