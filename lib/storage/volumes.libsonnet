// Volumes of a pod, and the places where its own container mounts them.
local util = import '../core/util.libsonnet';

// The name of a config's volume; a further container mounts it by this name.
local configVolume(c) = 'config-' + c.name;

// Names of the volumes that containers mount by themselves.
local mountedNames(spec) = [
  m.name
  for c in [spec] + std.get(spec, 'containers', []) + std.get(spec, 'initContainers', [])
  for m in std.get(c, 'volumeMounts', [])
];

function(lib) {
  local here = self,

  // The sources that a volume may have, by the manifest's names for them.
  sources(app, v):: {
    emptyDir: {
      emptyDir: v.emptyDir { [if 'sizeLimit' in v.emptyDir then 'sizeLimit']: util.quantity(super.sizeLimit) },
    },
    configMap: { configMap: v.configMap { name: lib.config.objectName(app, super.name) } },
    secret: { secret: v.secret },
    claim: { persistentVolumeClaim: { claimName: here.claimName(app, v) } },
    persistentVolumeClaim: { persistentVolumeClaim: v.persistentVolumeClaim },
  },

  // The one source of a volume.
  source(app, v)::
    local known = here.sources(app, v);
    local present = [name for name in std.objectFields(known) if name in v];
    if std.length(present) == 1 then known[present[0]]
    else error 'spec.volumes[' + v.name + ']: must have exactly one of ' + std.join(', ', std.objectFields(known)),

  // Volumes of the pod; a StatefulSet adds those of its claims itself.
  podVolumes(app)::
    [
      here.source(app, v) { name: v.name }
      for v in app.volumes
      if !('claim' in v && app.spec.kind == 'StatefulSet')
    ]
    + [
      { name: configVolume(c), configMap: { name: c.objectName } }
      for c in app.config
      if 'mountPath' in c || std.member(mountedNames(app.spec), configVolume(c))
    ],

  // Mounts of the app's own container: the volumes and configs with a path.
  ownMounts(app)::
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
