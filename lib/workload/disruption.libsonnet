// The PodDisruptionBudget of one cluster's share. Pods that are not ready anyway never hold up a drain.
local util = import '../util.libsonnet';

function(lib, app, share) {
  apiVersion: 'policy/v1',
  kind: 'PodDisruptionBudget',
  metadata: lib.metadata(app, app.name, {}),
  spec: util.pick(share.disruption, ['maxUnavailable', 'minAvailable']) + {
    selector: { matchLabels: app.selector },
    unhealthyPodEvictionPolicy: 'AlwaysAllow',
  },
}
