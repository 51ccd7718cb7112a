// What the platform runs on every cluster.
{
  gateway: {
    image: 'docker.io/envoyproxy/envoy:distroless-v1.40.0',
    replicas: 3,
    cpu: 1,
    memory: '1Gi',
  },
  identity: 'irsa',
  metrics: 'pod-monitor',
  metricsNamespace: 'monitoring',
  podSecurity: 'restricted',
  storageClass: 'gp3',
}
