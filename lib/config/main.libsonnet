// ConfigMaps with a digest of their content in their names, so that a change rolls the pods.
function(lib) {
  local here = self,

  // Fields of a config.
  defaults:: {
    // Name of the object, with its digest.
    objectName: error 'a config must provide objectName',
    // Keys and their texts.
    data: {},
  },

  // The ConfigMaps of an app.
  configMaps(app):: [here.configMap(app, here.defaults + c) for c in app.config],

  // The ConfigMap of one config.
  // It never changes, and an old one is deleted last, after the pods that read it.
  configMap(app, config):: {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: lib.core.metadata(
      app, config.objectName, { 'argocd.argoproj.io/sync-options': 'PruneLast=true' } + app.prerequisite
    ),
    data: config.data,
    immutable: true,
  },

  // The object behind a ConfigMap's name: of the app's own config, else the name itself.
  objectName(app, name):: std.get(app.configs, name, name),
}
