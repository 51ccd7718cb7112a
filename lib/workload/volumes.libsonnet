// Volumes of the pod, and where its own container sees them.
{
  local lib = self,

  // The pod's volumes. A StatefulSet makes those of its claims itself.
  volumes(app)::
    [
      { name: v.name } + lib.volumeSource(app, v)
      for v in std.get(app.spec, 'volumes', [])
      if !('claim' in v && app.spec.kind == 'StatefulSet')
    ]
    + [
      { name: c.name, configMap: { name: c.objectName } }
      for c in std.get(app.spec, 'config', [])
      if 'mountPath' in c || std.member(lib.mountedNames(app), c.name)
    ],

  // What a volume is made of.
  volumeSource(app, volume)::
    local sources = {
      emptyDir: lib.emptyDir(volume.emptyDir),
      configMap: volume.configMap { name: lib.configName(app, volume.configMap.name) },
      secret: volume.secret,
      claim: { claimName: lib.claimName(app, volume) },
      persistentVolumeClaim: volume.persistentVolumeClaim,
    };
    local kinds = [kind for kind in std.objectFields(sources) if kind in volume];
    if std.length(kinds) != 1 then
      error 'spec.volumes[' + volume.name + ']: must have exactly one of ' + std.join(', ', std.objectFields(sources))
    else { [if kinds[0] == 'claim' then 'persistentVolumeClaim' else kinds[0]]: sources[kinds[0]] },

  // Scratch space.
  emptyDir(source):: source { [if 'sizeLimit' in source then 'sizeLimit']: lib.quantity(source.sizeLimit) },

  // Mounts of the app's own container: volumes and configs that say where.
  ownMounts(app)::
    [
      { name: v.name } + lib.pick(v, ['mountPath', 'readOnly', 'subPath'])
      for v in std.get(app.spec, 'volumes', [])
      if 'mountPath' in v
    ]
    + [
      { name: c.name, mountPath: c.mountPath, readOnly: true }
      for c in std.get(app.spec, 'config', [])
      if 'mountPath' in c
    ],

  // Names of volumes that some container mounts by itself.
  mountedNames(app):: [
    m.name
    for c in [app.spec] + std.get(app.spec, 'containers', []) + std.get(app.spec, 'initContainers', [])
    for m in std.get(c, 'volumeMounts', [])
  ],
}
