// Configuration: ConfigMaps whose names carry a digest of their content, so that a change rolls the pods.
local configMap = import 'config-map.libsonnet';

{
  local lib = self,

  // The app's ConfigMaps.
  configMaps(app):: [configMap(lib, app, c) for c in app.config],

  // The object behind a ConfigMap's name: of the app's own config, else the name itself.
  configName(app, name):: std.get(app.configs, name, name),
}
