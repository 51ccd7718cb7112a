// The PodDisruptionBudget of one variant. Pods that are not ready anyway never hold up a drain.
local util = import '../util.libsonnet';

function(lib, app, variant) {
  apiVersion: 'policy/v1',
  kind: 'PodDisruptionBudget',
  metadata: lib.metadata(app, app.name, {}),
  spec: util.pick(variant.disruption, ['maxUnavailable', 'minAvailable']) + {
    selector: { matchLabels: app.selector },
    unhealthyPodEvictionPolicy: 'AlwaysAllow',
  },
}
