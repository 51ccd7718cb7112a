// The service that gives every pod of a StatefulSet a name of its own, ready or not: peers must find each other
// before they can become ready.
function(lib, app)
  local ports = [lib.servicePort(app, p) for p in std.get(app.spec, 'ports', [])];
  {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: lib.metadata(app, lib.headlessName(app), {}),
    spec: {
      clusterIP: 'None',
      [if ports != [] then 'ports']: ports,
      publishNotReadyAddresses: true,
      selector: app.selector,
      type: 'ClusterIP',
    },
  }
