// The service that callers and the gateway use. It is never a NodePort: nothing outside the cluster reaches a node.
function(lib, app) {
  apiVersion: 'v1',
  kind: 'Service',
  metadata: lib.metadata(app, app.name, {}),
  spec: {
    ports: [lib.servicePort(app, p) for p in app.spec.ports],
    selector: app.selector,
    type: 'ClusterIP',
  },
}
