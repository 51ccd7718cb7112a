// How ApplicationSets reach the generator.
{
  local lib = self,

  // The plugin's ConfigMap, all of it text. `token` names a Secret's key; Argo CD puts in the value.
  pluginConfig(input):: {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: lib.keptMetadata(input, lib.pluginName) + { labels+: { 'app.kubernetes.io/part-of': 'argocd' } },
    data: {
      token: input.instance.token,
      baseUrl: input.instance.generatorUrl,
      requestTimeout: '' + input.instance.requestTimeout,
    },
  },
}
