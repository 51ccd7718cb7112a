// Security contexts: safe by default. A manifest may depart from them where the pod security level of the platform
// allows it.

// The group that owns the volumes. A claim would belong to root, so where the manifest names no group it goes to the
// group, or user, that the app runs as.
local volumeGroup(app, own) =
  if 'fsGroup' in own then own.fsGroup
  else if std.length([v for v in app.volumes if 'claim' in v]) > 0
  then std.get(own, 'runAsGroup', std.get(own, 'runAsUser'));

function(lib) {
  // The security context of a pod: no root, and only the system calls that the container runtime finds harmless.
  podSecurity(app)::
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

  // The security context of a container: no writable root file system, no escalation, no capabilities.
  // User and group come from the pod, unless a further container has its own. A writable root file system, and
  // capabilities, belong to the one container that asks for them.
  containerSecurity(own):: {
    allowPrivilegeEscalation: false,
    capabilities: { drop: ['ALL'], [if 'addCapabilities' in own then 'add']: own.addCapabilities },
    readOnlyRootFilesystem: std.get(own, 'readOnlyRootFilesystem', true),
    [if 'runAsGroup' in own then 'runAsGroup']: own.runAsGroup,
    [if 'runAsNonRoot' in own then 'runAsNonRoot']: own.runAsNonRoot,
    [if 'runAsUser' in own then 'runAsUser']: own.runAsUser,
  },
}
