// A ConfigMap. It never changes, and an old one goes last, after the pods that read it.
function(lib, app, c) {
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: lib.metadata(
    app,
    c.objectName,
    { 'argocd.argoproj.io/sync-options': 'PruneLast=true' } + lib.prerequisiteAnnotations(app)
  ),
  data: std.get(c, 'data', {}),
  immutable: true,
}
