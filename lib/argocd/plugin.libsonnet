// The plugin through which ApplicationSets reach the generator.
function(lib) {
  local here = self,

  // The plugin's ConfigMap, all of it text. `token` names a Secret's key; Argo CD fills in the value.
  pluginConfig(input):: {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: here.keptMetadata(input, here.pluginName) + { labels+: { 'app.kubernetes.io/part-of': 'argocd' } },
    data: {
      token: input.instance.token,
      baseUrl: input.instance.generatorUrl,
      requestTimeout: '' + input.instance.requestTimeout,
    },
  },
}
