// The load balancer through which the data center's other clusters reach this one.
function(lib) {
  local here = self,

  // An internal network load balancer with the cluster's gateway address, and a port for each shard.
  // The annotation has one name for ExternalDNS up to 0.21 and one for later releases.
  peerService(ctx):: {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: here.metadata(ctx, here.name + '-peer') {
      annotations: {
        'external-dns.alpha.kubernetes.io/hostname': ctx.cluster.gateway.address,
        'external-dns.kubernetes.io/hostname': ctx.cluster.gateway.address,
        'service.beta.kubernetes.io/aws-load-balancer-healthcheck-path': '/ready',
        'service.beta.kubernetes.io/aws-load-balancer-healthcheck-port':
          '' + ctx.proxy.statusPort,
        'service.beta.kubernetes.io/aws-load-balancer-healthcheck-protocol': 'http',
        'service.beta.kubernetes.io/aws-load-balancer-nlb-target-type': 'ip',
        'service.beta.kubernetes.io/aws-load-balancer-scheme': 'internal',
      },
    },
    spec: {
      type: 'LoadBalancer',
      // The balancer sends to the pods themselves, so no node opens a port.
      allocateLoadBalancerNodePorts: false,
      loadBalancerClass: 'service.k8s.aws/nlb',
      // A port leads to the pods that have a port of that name: those of its shard.
      selector: { 'app.kubernetes.io/name': here.name },
      ports: [
        {
          name: part.peerPort,
          port: ctx.cluster.gateway.port + here.peerOffset(part.shard),
          targetPort: part.peerPort,
          protocol: 'TCP',
        }
        for part in here.parts(ctx)
      ],
    },
  },
}
