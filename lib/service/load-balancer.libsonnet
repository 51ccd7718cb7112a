// The network load balancer of an external road that asks for one: for what is not HTTP.
{
  local lib = self,

  // The LoadBalancer service, where the variant has one.
  loadBalancers(app, variant):: if !('loadBalancer' in variant) then [] else [{
    apiVersion: 'v1',
    kind: 'Service',
    metadata: lib.metadata(app, app.name + '-external', {
      'service.beta.kubernetes.io/aws-load-balancer-nlb-target-type': 'ip',
      'service.beta.kubernetes.io/aws-load-balancer-scheme': 'internet-facing',
    }),
    spec: {
      type: 'LoadBalancer',
      // The balancer sends to the pods themselves, so no node opens a port.
      allocateLoadBalancerNodePorts: false,
      loadBalancerClass: 'service.k8s.aws/nlb',
      selector: app.selector,
      ports: [lib.servicePort(app, p) for p in lib.balancedPorts(app, variant)],
    },
  }],

  // The service ports that the load balancer carries: the one that the road names, else all of them.
  balancedPorts(app, variant)::
    local ports = std.get(app.spec, 'ports', []);
    local port = std.get(variant.loadBalancer, 'port');
    local found = [p for p in ports if port == null || p.name == port || p.port == port];
    if found == [] then error 'spec.roads.external.port: ' + port + ' is not a port of the app' else found,
}
