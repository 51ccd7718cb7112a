// NetworkPolicies: what an app's manifest and its callers' open, on top of the namespace's default deny.

// True if a CIDR is of IPv6.
local isV6(cidr) = std.member(cidr, ':');

function(lib) {
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

  // Ingress from the gateway, callers over a direct road, collectors of metrics, and clients of the load balancer.
  // The clients' packets come from the balancer's own addresses or from theirs.
  ingressRules(app, cell)::
    local ingress = here.defaults.ingress + std.get(cell, 'ingress', {});
    (if ingress.gateway == [] then [] else here.fromCarriers(app, ingress.gateway))
    + [{ from: [here.appPeer(caller)], ports: here.ports(caller.ports) } for caller in ingress.direct]
    + (
      local collectors = if 'scrape' in ingress then lib.chosen.collectors(app.systems) else [];
      if collectors == [] then [] else [{ from: collectors, ports: here.ports([ingress.scrape]) }]
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
    (if egress.gateway then [{ to: [c.peer], ports: c.ports } for c in lib.chosen.carriers(app.systems)] else [])
    + [{ to: [here.appPeer(callee)], ports: here.ports(callee.ports) } for callee in egress.direct]
    + (if egress.outside == [] then [] else [{ to: here.outsidePeers(platform), ports: here.ports(egress.outside) }]),

  // A NetworkPolicy over all pods of a namespace, unless `spec` selects some.
  networkPolicy(metadata, spec):: {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    metadata: metadata,
    spec: { podSelector: {} } + spec,
  },

  // Ingress to `ports` from who carries calls between apps.
  fromCarriers(app, ports):: [
    { from: [carrier.peer], ports: here.ports(ports) }
    for carrier in lib.chosen.carriers(app.systems)
  ],

  // Every pod of a namespace.
  namespacePeer(name):: { namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': name } } },

  // Every pod of every team.
  teamsPeer:: { namespaceSelector: { matchLabels: { 'sixfold.dev/role': 'team' } } },

  // The pods of another app: `{ namespace, app }`; of a team without `app`, of every team without both.
  appPeer(peer)::
    (if 'namespace' in peer then here.namespacePeer(peer.namespace) else here.teamsPeer)
    + (if 'app' in peer then { podSelector: { matchLabels: lib.core.selector(peer.app) } } else {}),

  // Everything but the platform's own networks and the nodes' metadata service.
  // IPv6 is open only where the platform says which of it is private.
  outsidePeers(platform)::
    local private = platform.privateNetworks;
    local v6 = [cidr for cidr in private if isV6(cidr)];
    [{ ipBlock: { cidr: '0.0.0.0/0', except: [cidr for cidr in private if !isV6(cidr)] + ['169.254.0.0/16'] } }]
    + (if v6 == [] then [] else [{ ipBlock: { cidr: '::/0', except: v6 + ['fd00:ec2::/32', 'fe80::/10'] } }]),

  // Ports, each with a protocol.
  ports(list):: [{ protocol: 'TCP' } + p for p in list],
}
