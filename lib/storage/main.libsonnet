// Volumes of pods, and claims on storage: of every replica of a StatefulSet, or shared by all pods.
local util = import '../core/util.libsonnet';

// The app's volumes that are claims.
local claimed(app) = [v for v in app.volumes if 'claim' in v];

function(lib) (import 'volumes.libsonnet')(lib) + {
  local here = self,

  // Settings of claims that a manifest may replace.
  defaults:: {
    // Access modes: the nodes that may attach the volume.
    accessModes: ['ReadWriteOnce'],
    // Form in which pods get the volume.
    volumeMode: 'Filesystem',
  },

  // The name of a claim that all pods share.
  claimName(app, volume):: app.name + '-' + volume.name,

  // The access modes of a claim.
  accessModes(claim):: std.get(claim, 'accessModes', here.defaults.accessModes),

  // True if the pods share a claim that only one node at a time can attach.
  exclusive(app):: std.length([
    v
    for v in claimed(app)
    if !std.member(here.accessModes(v.claim), 'ReadWriteMany')
       && !std.member(here.accessModes(v.claim), 'ReadOnlyMany')
  ]) > 0,

  // The spec of a claim.
  claimSpec(app, claim)::
    local class = std.get(claim, 'storageClass', std.get(app.fleet.platform, 'storageClass'));
    {
      accessModes: here.accessModes(claim),
      resources: { requests: { storage: util.quantity(claim.size) } },
      [if class != null then 'storageClassName']: class,
      volumeMode: here.defaults.volumeMode,
    },

  // Claims that all pods share; a person confirms before one is deleted.
  sharedClaims(app):: if app.spec.kind == 'StatefulSet' then [] else [
    {
      apiVersion: 'v1',
      kind: 'PersistentVolumeClaim',
      metadata: lib.core.metadata(app, here.claimName(app, v), {
        'argocd.argoproj.io/sync-options': 'Delete=confirm,Prune=confirm',
      }),
      spec: here.claimSpec(app, v.claim),
    }
    for v in claimed(app)
  ],

  // Claims of every replica of a StatefulSet.
  // Templates are immutable, so they carry only labels that never change.
  claimTemplates(app):: [
    {
      apiVersion: 'v1',
      kind: 'PersistentVolumeClaim',
      metadata: { name: v.name, labels: app.selector },
      spec: here.claimSpec(app, v.claim),
    }
    for v in claimed(app)
  ],
}
