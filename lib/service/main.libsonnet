// Services of an app, and the ports of its containers.
function(lib) (import 'ports.libsonnet')(lib) + {
  local here = self,

  // Services of an app inside the cluster: none without ports, and none for what runs to completion.
  objects(app):: if app.ports == [] || app.runsToCompletion then [] else [here.clusterIP(app)],

  // The Service that callers and the gateway use.
  // It is never a NodePort: nothing outside the cluster reaches a node.
  clusterIP(app):: {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: lib.core.metadata(app, app.name, {}),
    spec: {
      ports: [here.servicePort(app, p) for p in app.spec.ports],
      selector: app.selector,
      type: 'ClusterIP',
    },
  },
}
