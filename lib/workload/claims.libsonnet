// Claims on storage: of every replica of a StatefulSet, or shared by all pods.
local util = import '../util.libsonnet';

local accessModes(claim) = std.get(claim, 'accessModes', ['ReadWriteOnce']);

local ofApp(app) = [v for v in app.volumes if 'claim' in v];

// A claim's spec.
local spec(app, claim) =
  local class = std.get(claim, 'storageClass', std.get(app.fleet.platform, 'storageClass'));
  {
    accessModes: accessModes(claim),
    resources: { requests: { storage: util.quantity(claim.size) } },
    [if class != null then 'storageClassName']: class,
    volumeMode: 'Filesystem',
  };

{
  local here = self,

  // The name of a shared claim.
  name(app, volume):: app.name + '-' + volume.name,

  // Whether the pods share a claim that only one node at a time can attach.
  exclusive(app):: std.length([
    v
    for v in ofApp(app)
    if !std.member(accessModes(v.claim), 'ReadWriteMany') && !std.member(accessModes(v.claim), 'ReadOnlyMany')
  ]) > 0,

  // The claims that all pods share; a person confirms before one is deleted.
  shared(lib, app):: if app.spec.kind == 'StatefulSet' then [] else [
    {
      apiVersion: 'v1',
      kind: 'PersistentVolumeClaim',
      metadata: lib.metadata(app, here.name(app, v), {
        'argocd.argoproj.io/sync-options': 'Delete=confirm,Prune=confirm',
      }),
      spec: spec(app, v.claim),
    }
    for v in ofApp(app)
  ],

  // The claims of every replica. Templates are immutable, so they carry only labels that never change.
  templates(app):: [
    {
      apiVersion: 'v1',
      kind: 'PersistentVolumeClaim',
      metadata: { name: v.name, labels: app.selector },
      spec: spec(app, v.claim),
    }
    for v in ofApp(app)
  ],
}
