// What runs the gateway's pods and keeps them reachable.
{
  local lib = self,

  // The Deployment of one part of the gateway, and how many of its pods may be away.
  gatewayWorkload(ctx, name, bootstrap):: [
    {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: lib.gatewayMetadata(ctx, name),
      spec: {
        replicas: ctx.fleet.platform.gateway.replicas,
        revisionHistoryLimit: 3,
        minReadySeconds: 5,
        selector: { matchLabels: lib.gatewaySelector(name) },
        strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } },
        template: {
          metadata: {
            labels: lib.platformLabels(lib.gatewayName) + lib.gatewaySelector(name),
            annotations: lib.gatewayPodAnnotations(ctx.fleet.platform),
          },
          spec: lib.gatewayPod(ctx, name, bootstrap),
        },
      },
    },
    {
      apiVersion: 'policy/v1',
      kind: 'PodDisruptionBudget',
      metadata: lib.gatewayMetadata(ctx, name),
      spec: {
        maxUnavailable: 1,
        unhealthyPodEvictionPolicy: 'AlwaysAllow',
        selector: { matchLabels: lib.gatewaySelector(name) },
      },
    },
  ],

  // Where Prometheus finds Envoy's metrics.
  gatewayPodAnnotations(platform):: {
    'prometheus.io/scrape': 'true',
    'prometheus.io/port': '' + lib.statusPort(platform),
    'prometheus.io/path': '/metrics',
  },

  // The pods' identity: none towards the Kubernetes API.
  gatewayAccount(ctx):: {
    apiVersion: 'v1',
    kind: 'ServiceAccount',
    metadata: lib.gatewayMetadata(ctx, lib.gatewayName),
    automountServiceAccountToken: false,
  },

  // Where the DC's other clusters reach this one: an internal network load balancer with the cluster's gateway address.
  // The annotation has one name for ExternalDNS up to 0.21 and one for later releases.
  peerService(ctx):: {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: lib.gatewayMetadata(ctx, lib.peerName) {
      annotations: {
        'external-dns.alpha.kubernetes.io/hostname': ctx.cluster.gateway.address,
        'external-dns.kubernetes.io/hostname': ctx.cluster.gateway.address,
        'service.beta.kubernetes.io/aws-load-balancer-healthcheck-path': '/ready',
        'service.beta.kubernetes.io/aws-load-balancer-healthcheck-port': '' + lib.statusPort(ctx.fleet.platform),
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
      selector: lib.gatewaySelector(lib.peerName),
      ports: [{ name: 'http', port: ctx.cluster.gateway.port, targetPort: 'http', protocol: 'TCP' }],
    },
  },
}
