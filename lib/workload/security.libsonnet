// Safe by default: no root, no writable root file system, no way to more rights, no capabilities.
{
  local lib = self,

  // What holds for the whole pod.
  podSecurity(app)::
    local own = std.get(app.spec, 'securityContext', {});
    { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } }
    + lib.pick(own, ['runAsGroup', 'runAsNonRoot', 'runAsUser', 'supplementalGroups'])
    + lib.volumeGroup(app, own),

  // The group that owns the volumes. A claim would belong to root, so without a word from the manifest it goes to the
  // group, or user, that the app runs as.
  volumeGroup(app, own)::
    local runsAs = std.get(own, 'runAsGroup', std.get(own, 'runAsUser', null));
    local group = std.get(own, 'fsGroup', if lib.hasClaims(app) then runsAs else null);
    if group == null then {} else { fsGroup: group, fsGroupChangePolicy: 'OnRootMismatch' },

  // What holds for one container. The pod's root file system and capabilities are its own container's; a further
  // container asks for itself.
  containerSecurity(own)::
    {
      allowPrivilegeEscalation: false,
      capabilities: {
        drop: ['ALL'],
        [if 'addCapabilities' in own then 'add']: own.addCapabilities,
      },
      readOnlyRootFilesystem: std.get(own, 'readOnlyRootFilesystem', true),
    } + lib.pick(own, ['runAsGroup', 'runAsNonRoot', 'runAsUser']),
}
