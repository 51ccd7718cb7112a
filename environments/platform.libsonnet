// What the platform runs on every cluster.
{
  // The systems, by slot (docs/systems.md).
  mesh: {
    envoy: {
      image: 'docker.io/envoyproxy/envoy:distroless-v1.40.0',
      replicas: 3,
      cpu: 1,
      memory: '1Gi',
    },
  },
  observability: {
    prometheus: { discovery: 'pod-monitor', namespace: 'monitoring' },
  },

  identity: 'irsa',
  podSecurity: 'restricted',
  storageClass: 'gp3',
}
