// The NetworkPolicy of an app.
{
  local lib = self,

  // The policy, where anything is open at all: the namespace denies the rest.
  networkPolicies(app, variant)::
    local ingress = lib.ingressRules(app, variant);
    local egress = lib.egressRules(app, std.get(variant, 'egress', {}));
    if ingress == [] && egress == [] then [] else [{
      apiVersion: 'networking.k8s.io/v1',
      kind: 'NetworkPolicy',
      metadata: lib.metadata(app, app.name, lib.prerequisiteAnnotations(app)),
      spec: {
        podSelector: { matchLabels: app.selector },
        policyTypes: ['Ingress', 'Egress'],
        [if ingress != [] then 'ingress']: ingress,
        [if egress != [] then 'egress']: egress,
      },
    }],

  // Who may reach the pods: the gateway, callers over a direct road, Prometheus, and the load balancer's clients.
  ingressRules(app, variant)::
    local ingress = std.get(variant, 'ingress', {});
    local gateway = std.get(ingress, 'gateway', []);
    (if gateway == [] then [] else [{ from: [lib.gatewayPeer], ports: lib.policyPorts(gateway) }])
    + [
      { from: [lib.appPeer(caller)], ports: lib.policyPorts(caller.ports) }
      for caller in std.get(ingress, 'direct', [])
    ]
    + (
      if !('scrape' in ingress) then []
      else [{
        from: [lib.namespacePeer(app.fleet.platform.metricsNamespace)],
        ports: lib.policyPorts([ingress.scrape]),
      }]
    )
    + (
      if !('loadBalancer' in variant) then []
      else [{
        from: [{ ipBlock: { cidr: '0.0.0.0/0' } }],
        ports: lib.policyPorts([lib.containerPort(p) for p in lib.balancedPorts(app, variant)]),
      }]
    ),

  // Whom the pods may reach: the gateway, apps over a direct road, and hosts outside by port.
  egressRules(app, egress)::
    local platform = app.fleet.platform;
    (if std.get(egress, 'gateway', false) then [{ to: [lib.gatewayPeer], ports: lib.gatewayPorts(platform) }] else [])
    + [
      { to: [lib.appPeer(callee)], ports: lib.policyPorts(callee.ports) }
      for callee in std.get(egress, 'direct', [])
    ]
    + (
      local outside = std.get(egress, 'outside', []);
      if outside == [] then []
      else [{ to: lib.outsidePeers(platform), ports: lib.policyPorts(outside) }]
    ),
}
