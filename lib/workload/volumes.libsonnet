// Volumes of the pod, and where its own container sees them.
local util = import '../util.libsonnet';
local claims = import 'claims.libsonnet';

// What a volume is made of, by the manifest's name for it.
local sources(lib, app, v) = {
  emptyDir: {
    emptyDir: v.emptyDir { [if 'sizeLimit' in v.emptyDir then 'sizeLimit']: util.quantity(super.sizeLimit) },
  },
  configMap: { configMap: v.configMap { name: lib.configName(app, super.name) } },
  secret: { secret: v.secret },
  claim: { persistentVolumeClaim: { claimName: claims.name(app, v) } },
  persistentVolumeClaim: { persistentVolumeClaim: v.persistentVolumeClaim },
};

// The volume's one source.
local source(lib, app, v) =
  local known = sources(lib, app, v);
  local found = [name for name in std.objectFields(known) if name in v];
  if std.length(found) == 1 then known[found[0]]
  else error 'spec.volumes[' + v.name + ']: must have exactly one of ' + std.join(', ', std.objectFields(known));

// The name of a config's volume; a further container mounts it by this name.
local configVolume(c) = 'config-' + c.name;

// Names of the volumes that containers mount by themselves.
local mountedNames(spec) = [
  m.name
  for c in [spec] + std.get(spec, 'containers', []) + std.get(spec, 'initContainers', [])
  for m in std.get(c, 'volumeMounts', [])
];

{
  // The pod's volumes. A StatefulSet makes those of its claims itself.
  all(lib, app)::
    [
      source(lib, app, v) { name: v.name }
      for v in app.volumes
      if !('claim' in v && app.spec.kind == 'StatefulSet')
    ]
    + [
      { name: configVolume(c), configMap: { name: c.objectName } }
      for c in app.config
      if 'mountPath' in c || std.member(mountedNames(app.spec), configVolume(c))
    ],

  // Mounts of the app's own container: the volumes and configs that say where.
  mounts(app)::
    [
      {
        name: v.name,
        mountPath: v.mountPath,
        [if 'readOnly' in v then 'readOnly']: v.readOnly,
        [if 'subPath' in v then 'subPath']: v.subPath,
      }
      for v in app.volumes
      if 'mountPath' in v
    ]
    + [
      { name: configVolume(c), mountPath: c.mountPath, readOnly: true }
      for c in app.config
      if 'mountPath' in c
    ],
}
