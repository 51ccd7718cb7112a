// Load balancers of AWS by which calls that are not HTTP reach an app without the gateway.
function(lib) {
  // The network load balancer of an external road that asks for one.
  // It sends to the pods themselves, so no node opens a port.
  loadBalancer(app, cell)::
    local names = [p.name for p in cell.loadBalancer.ports];
    {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: lib.core.metadata(app, app.name + '-external', {
        'service.beta.kubernetes.io/aws-load-balancer-nlb-target-type': 'ip',
        'service.beta.kubernetes.io/aws-load-balancer-scheme': 'internet-facing',
      }),
      spec: {
        allocateLoadBalancerNodePorts: false,
        loadBalancerClass: 'service.k8s.aws/nlb',
        ports: [lib.service.servicePort(app, p) for p in app.spec.ports if std.member(names, p.name)],
        selector: app.selector,
        type: 'LoadBalancer',
      },
    },
}
