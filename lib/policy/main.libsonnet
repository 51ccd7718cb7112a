// NetworkPolicies: what an app's manifest and its callers' open, on top of the namespace's default deny.
function(lib) (import 'peers.libsonnet')(lib) + {
  local here = self,

  // Fields of `cell.ingress` and `cell.egress`, by which a manifest opens ports.
  defaults:: {
    // Ports that the gateway reaches.
    ingress: { gateway: [], direct: [] },
    // Destinations of the pods: the gateway, apps over a direct road, and hosts outside by port.
    egress: { gateway: false, direct: [], outside: [] },
  },

  // The NetworkPolicy of an app, where anything is open at all.
  networkPolicies(app, cell)::
    local ingress = here.ingressRules(app, cell);
    local egress = here.egressRules(app, cell);
    if ingress == [] && egress == [] then [] else [
      here.networkPolicy(lib.core.metadata(app, app.name, app.prerequisite), {
        [if egress != [] then 'egress']: egress,
        [if ingress != [] then 'ingress']: ingress,
        podSelector: { matchLabels: app.selector },
        policyTypes: ['Ingress', 'Egress'],
      }),
    ],

  // Ingress from the gateway, callers over a direct road, Prometheus, and clients of the load balancer.
  // The clients' packets come from the balancer's own addresses or from theirs.
  ingressRules(app, cell)::
    local ingress = here.defaults.ingress + std.get(cell, 'ingress', {});
    (if ingress.gateway == [] then [] else [{ from: [here.gatewayPeer], ports: here.ports(ingress.gateway) }])
    + [{ from: [here.appPeer(caller)], ports: here.ports(caller.ports) } for caller in ingress.direct]
    + (
      if 'scrape' in ingress then [{
        from: [here.namespacePeer(app.fleet.platform.metricsNamespace)],
        ports: here.ports([ingress.scrape]),
      }] else []
    )
    + (
      if 'loadBalancer' in cell then [{
        from: [{ ipBlock: { cidr: '0.0.0.0/0' } }],
        ports: [
          { port: target.containerPort, protocol: target.protocol }
          for target in lib.service.containerPorts(cell.loadBalancer.ports)
        ],
      }] else []
    ),

  // Egress to the gateway, apps over a direct road, and hosts outside by port.
  egressRules(app, cell)::
    local platform = app.fleet.platform;
    local egress = here.defaults.egress + std.get(cell, 'egress', {});
    (if egress.gateway then [{ to: [here.gatewayPeer], ports: here.gatewayPorts(platform) }] else [])
    + [{ to: [here.appPeer(callee)], ports: here.ports(callee.ports) } for callee in egress.direct]
    + (if egress.outside == [] then [] else [{ to: here.outsidePeers(platform), ports: here.ports(egress.outside) }]),

  // A NetworkPolicy over all pods of a namespace, unless `spec` selects some.
  networkPolicy(metadata, spec):: {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    metadata: metadata,
    spec: { podSelector: {} } + spec,
  },
}
