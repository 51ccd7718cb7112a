// Disruption budgets.
{
  local lib = self,

  // The PodDisruptionBudget, where the variant has a budget. Pods that are not ready anyway never hold up a drain.
  disruptionBudgets(app, variant):: if !('disruption' in variant) then [] else [{
    apiVersion: 'policy/v1',
    kind: 'PodDisruptionBudget',
    metadata: lib.metadata(app, app.name, {}),
    spec: lib.pick(variant.disruption, ['maxUnavailable', 'minAvailable']) + {
      selector: { matchLabels: app.selector },
      unhealthyPodEvictionPolicy: 'AlwaysAllow',
    },
  }],
}
