// Configuration: ConfigMaps whose names carry a digest of their content, so that a change rolls the pods.
{
  local lib = self,

  // The app's ConfigMaps. They never change, and old ones go last, after the pods that read them.
  configMaps(app):: [
    {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: lib.metadata(app, c.objectName, lib.configMapAnnotations(app)),
      immutable: true,
      data: std.get(c, 'data', {}),
    }
    for c in std.get(app.spec, 'config', [])
  ],

  // Annotations of the app's ConfigMaps.
  configMapAnnotations(app)::
    { 'argocd.argoproj.io/sync-options': 'PruneLast=true' } + lib.prerequisiteAnnotations(app),

  // The object behind a ConfigMap's name: of the app's own config, else the name itself.
  configName(app, name):: std.get(app.configs, name, name),
}
