// Claims on storage: of every replica of a StatefulSet, or shared by all pods.
{
  local lib = self,

  // Volumes that are claims.
  claimVolumes(app):: [v for v in std.get(app.spec, 'volumes', []) if 'claim' in v],

  // Whether the app has storage of its own.
  hasClaims(app):: lib.claimVolumes(app) != [],

  // Whether the pods share a claim that only one node at a time can attach.
  hasExclusiveClaim(app):: std.length([
    v
    for v in lib.claimVolumes(app)
    if !std.member(lib.accessModes(v.claim), 'ReadWriteMany') && !std.member(lib.accessModes(v.claim), 'ReadOnlyMany')
  ]) > 0,

  // The claims that all pods share; a person confirms before one is deleted.
  sharedClaims(app):: if app.spec.kind == 'StatefulSet' then [] else [
    {
      apiVersion: 'v1',
      kind: 'PersistentVolumeClaim',
      metadata: lib.metadata(app, lib.claimName(app, v), {
        'argocd.argoproj.io/sync-options': 'Delete=confirm,Prune=confirm',
      }),
      spec: lib.claimSpec(app, v.claim),
    }
    for v in lib.claimVolumes(app)
  ],

  // The claims of every replica. Templates are immutable, so they carry only labels that never change.
  claimTemplates(app):: [
    {
      apiVersion: 'v1',
      kind: 'PersistentVolumeClaim',
      metadata: { name: v.name, labels: app.selector },
      spec: lib.claimSpec(app, v.claim),
    }
    for v in lib.claimVolumes(app)
  ],

  // What is claimed.
  claimSpec(app, claim)::
    local class = std.get(claim, 'storageClass', std.get(app.fleet.platform, 'storageClass'));
    {
      accessModes: lib.accessModes(claim),
      resources: { requests: { storage: lib.quantity(claim.size) } },
      [if class != null then 'storageClassName']: class,
      volumeMode: 'Filesystem',
    },

  // How a claim may be mounted.
  accessModes(claim):: std.get(claim, 'accessModes', ['ReadWriteOnce']),

  // The name of a shared claim.
  claimName(app, volume):: app.name + '-' + volume.name,
}
