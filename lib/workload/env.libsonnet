// Environment variables. A reference to one of the app's own configs becomes one to the object with its digest.
{
  local lib = self,

  // A container's variables.
  env(app, variables):: [if 'valueFrom' in v then lib.envReference(app, v) else v for v in variables],

  // A variable whose value comes from elsewhere.
  envReference(app, variable)::
    local from = variable.valueFrom;
    if 'configMapKeyRef' in from then variable {
      valueFrom+: { configMapKeyRef+: { name: lib.configName(app, from.configMapKeyRef.name) } },
    }
    else if 'resourceFieldRef' in from && 'divisor' in from.resourceFieldRef then variable {
      valueFrom+: { resourceFieldRef+: { divisor: lib.quantity(from.resourceFieldRef.divisor) } },
    }
    else variable,

  // Sources of which every key becomes a variable.
  envFrom(app, sources):: [
    if 'configMapRef' in source
    then source { configMapRef+: { name: lib.configName(app, source.configMapRef.name) } }
    else source
    for source in sources
  ],

  // Configs with `asEnv`, before what the manifest lists itself: the last source of a name wins.
  configEnvFrom(app):: [
    { configMapRef: { name: c.objectName } }
    for c in std.get(app.spec, 'config', [])
    if std.get(c, 'asEnv', false)
  ],
}
