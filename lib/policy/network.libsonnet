// The NetworkPolicy of an app in one data center.
local ports = import '../workload/ports.libsonnet';
local peers = import 'peers.libsonnet';

// Who may reach the pods: the gateway, callers over a direct road, Prometheus, and clients of the load balancer, which
// come from the balancer's own addresses or their own.
local ingressRules(lib, app, cell) =
  local ingress = std.get(cell, 'ingress', {});
  local gateway = std.get(ingress, 'gateway', []);
  (if gateway == [] then [] else [{ from: [lib.gatewayPeer], ports: peers.ports(gateway) }])
  + [{ from: [peers.app(lib, caller)], ports: peers.ports(caller.ports) } for caller in std.get(ingress, 'direct', [])]
  + (
    if 'scrape' in ingress then [{
      from: [peers.namespace(app.fleet.platform.metricsNamespace)],
      ports: peers.ports([ingress.scrape]),
    }] else []
  )
  + (
    if 'loadBalancer' in cell then [{
      from: [{ ipBlock: { cidr: '0.0.0.0/0' } }],
      ports: [
        { port: target.containerPort, protocol: target.protocol }
        for target in ports.listening(cell.loadBalancer.ports)
      ],
    }] else []
  );

// Whom the pods may reach: the gateway, apps over a direct road, and hosts outside by port.
local egressRules(lib, app, egress) =
  local platform = app.fleet.platform;
  local outside = std.get(egress, 'outside', []);
  (if std.get(egress, 'gateway', false) then [{ to: [lib.gatewayPeer], ports: lib.gatewayPorts(platform) }] else [])
  + [{ to: [peers.app(lib, callee)], ports: peers.ports(callee.ports) } for callee in std.get(egress, 'direct', [])]
  + (if outside == [] then [] else [{ to: peers.outside(platform), ports: peers.ports(outside) }]);

function(lib, app, cell)
  local ingress = ingressRules(lib, app, cell);
  local egress = egressRules(lib, app, std.get(cell, 'egress', {}));
  if ingress == [] && egress == [] then [] else [{
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    metadata: lib.metadata(app, app.name, lib.prerequisiteAnnotations(app)),
    spec: {
      [if egress != [] then 'egress']: egress,
      [if ingress != [] then 'ingress']: ingress,
      podSelector: { matchLabels: app.selector },
      policyTypes: ['Ingress', 'Egress'],
    },
  }]
