// Names of a StatefulSet's pods.
function(lib) {
  local here = self,

  // The Service that gives every pod of a StatefulSet a name of its own, ready or not.
  // Peers must resolve each other before they can become ready.
  headless(app)::
    local ports = [lib.service.servicePort(app, p) for p in std.get(app.spec, 'ports', [])];
    {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: lib.core.metadata(app, here.headlessName(app), {}),
      spec: {
        clusterIP: 'None',
        [if ports != [] then 'ports']: ports,
        publishNotReadyAddresses: true,
        selector: app.selector,
        type: 'ClusterIP',
      },
    },

  // The name of a StatefulSet's headless Service.
  headlessName(app):: app.name + '-pods',
}
