// A Kubernetes object that the team wrote itself. It gets the labels of the app, none of which may hide whose it is,
// and the app's namespace, which it may repeat but not change.
function(lib, app, object)
  local meta = object.metadata;
  local namespace = std.get(meta, 'namespace', app.namespace);
  local annotations = app.annotations + std.get(meta, 'annotations', {});
  if namespace != app.namespace then
    error object.kind + '/' + meta.name + ": metadata.namespace: '" + namespace + "' is not the team's namespace '"
          + app.namespace + "'; leave it out"
  else object {
    metadata+: {
      namespace: app.namespace,
      labels: app.labels + std.get(meta, 'labels', {}) + lib.ownershipLabels(app.team, app.spec.tier),
      [if annotations != {} then 'annotations']: annotations,
    },
  }
