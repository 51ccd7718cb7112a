// StatefulSets, with the Services that name their pods.
local util = import '../core/util.libsonnet';

function(lib) {
  local here = self,

  // Settings of StatefulSets that a manifest may replace.
  defaults:: {
    // Old versions that a controller keeps.
    revisionHistoryLimit: 5,
  },

  // The StatefulSet of an app on one cluster's share.
  // Its claims outlive it and its replicas; its pods are replaced one by one, from the last on.
  statefulSet(app, share)::
    local rollout = std.get(app.spec, 'rollout', {});
    local rolling = util.pick(rollout, ['maxUnavailable', 'partition']);
    local claims = if app.volumes == [] then [] else lib.storage.claimTemplates(app);
    {
      apiVersion: 'apps/v1',
      kind: 'StatefulSet',
      metadata: lib.core.metadata(app, app.name, {}),
      spec: {
        [if 'minReadySeconds' in rollout then 'minReadySeconds']: rollout.minReadySeconds,
        persistentVolumeClaimRetentionPolicy: { whenDeleted: 'Retain', whenScaled: 'Retain' },
        [if 'podManagement' in rollout then 'podManagementPolicy']: rollout.podManagement,
        [if 'replicas' in share.scale then 'replicas']: share.scale.replicas,
        revisionHistoryLimit: std.get(rollout, 'revisionHistoryLimit', here.defaults.revisionHistoryLimit),
        selector: { matchLabels: app.selector },
        serviceName: here.headlessName(app),
        template: app.template,
        updateStrategy: util.choice('spec.rollout.type of a StatefulSet', std.get(rollout, 'type', 'RollingUpdate'), {
          RollingUpdate: { type: 'RollingUpdate', [if rolling != {} then 'rollingUpdate']: rolling },
          OnDelete: { type: 'OnDelete' },
        }),
        [if claims != [] then 'volumeClaimTemplates']: claims,
      },
    },

  // The Service that gives every pod of a StatefulSet a name of its own, ready or not.
  // Peers must resolve each other before they can become ready.
  headless(app)::
    local ports = [lib.service.servicePort(app, p) for p in std.get(app.spec, 'ports', [])];
    {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: lib.core.metadata(app, here.headlessName(app), {}),
      spec: {
        clusterIP: 'None',
        [if ports != [] then 'ports']: ports,
        publishNotReadyAddresses: true,
        selector: app.selector,
        type: 'ClusterIP',
      },
    },

  // The name of a StatefulSet's headless Service.
  headlessName(app):: app.name + '-pods',
}
