// Safe by default; the manifest may depart from it where the pod security level of the platform allows.

// The group that owns the volumes. A claim would belong to root, so without a word from the manifest it goes to the
// group, or user, that the app runs as.
local volumeGroup(app, own) =
  if 'fsGroup' in own then own.fsGroup
  else if std.length([v for v in app.volumes if 'claim' in v]) > 0
  then std.get(own, 'runAsGroup', std.get(own, 'runAsUser'));

{
  // The whole pod: no root, and only the system calls that the container runtime finds harmless.
  pod(app)::
    local own = std.get(app.spec, 'securityContext', {});
    local group = volumeGroup(app, own);
    {
      [if group != null then 'fsGroup']: group,
      [if group != null then 'fsGroupChangePolicy']: 'OnRootMismatch',
      [if 'runAsGroup' in own then 'runAsGroup']: own.runAsGroup,
      runAsNonRoot: std.get(own, 'runAsNonRoot', true),
      [if 'runAsUser' in own then 'runAsUser']: own.runAsUser,
      seccompProfile: { type: 'RuntimeDefault' },
      [if 'supplementalGroups' in own then 'supplementalGroups']: own.supplementalGroups,
    },

  // One container. User and group come from the pod, unless a further container has its own; a root file system that
  // can be written to, and capabilities, are of the one container that asks for them.
  container(own):: {
    allowPrivilegeEscalation: false,
    capabilities: { drop: ['ALL'], [if 'addCapabilities' in own then 'add']: own.addCapabilities },
    readOnlyRootFilesystem: std.get(own, 'readOnlyRootFilesystem', true),
    [if 'runAsGroup' in own then 'runAsGroup']: own.runAsGroup,
    [if 'runAsNonRoot' in own then 'runAsNonRoot']: own.runAsNonRoot,
    [if 'runAsUser' in own then 'runAsUser']: own.runAsUser,
  },
}
