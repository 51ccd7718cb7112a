// Plain objects: those that teams wrote themselves.

// A field that may be missing, or be null, which means the same.
local given(object, field, default={}) =
  local value = std.get(object, field);
  if value == null then default else value;

// True if deleting the object deletes data: then a person confirms first, unless the team was stricter.
local stateful(object) =
  object.kind == 'PersistentVolumeClaim'
  || object.kind == 'StatefulSet'
     && std.get(given(given(object, 'spec'), 'persistentVolumeClaimRetentionPolicy'), 'whenDeleted') == 'Delete';

local options = 'argocd.argoproj.io/sync-options';
local confirmed(annotations) =
  local own = [std.stripChars(option, ' ') for option in std.split(std.get(annotations, options, ''), ',')];
  local stated = [option for option in own if option != ''];
  local says(word) = std.length([option for option in stated if std.startsWith(option, word)]) > 0;
  annotations {
    [options]: std.join(',', stated + [word + '=confirm' for word in ['Delete', 'Prune'] if !says(word + '=')]),
  };

function(lib) {
  // A Kubernetes object that the team wrote itself, with the app's labels and namespace.
  // No label of the team may hide the owner. The namespace may be repeated, but not changed.
  plainObject(app, object)::
    local meta = object.metadata;
    local namespace = given(meta, 'namespace', app.namespace);
    local stated = app.annotations + given(meta, 'annotations');
    local annotations = if stateful(object) then confirmed(stated) else stated;
    if namespace != app.namespace then
      error object.kind + '/' + meta.name + ": metadata.namespace: '" + namespace + "' is not the team's namespace '"
            + app.namespace + "'; leave it out"
    else object {
      metadata+: {
        namespace: app.namespace,
        labels: app.labels + given(meta, 'labels') + lib.core.ownershipLabels(app.team, app.spec.tier),
        [if annotations != {} then 'annotations']: annotations,
      },
    },
}
