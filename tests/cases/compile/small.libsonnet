// What the fleets of these pages have in common. Each page adds its teams, environments and clusters.
{
  local small = self,

  // A fleet without teams and environments.
  fleet: {
    apiVersion: 'sixfold.dev/v1',
    kind: 'Fleet',
    name: 'small',
    repository: { url: 'https://git.example.com/deploy.git', path: 'overlays' },
    domains: { internal: 'example.internal', external: 'example.com' },
    platform: {
      mesh: { envoy: { image: 'docker.io/envoyproxy/envoy:distroless-v1.40.0', tables: 1 } },
      observability: { prometheus: {} },
    },
    tiers: {
      P0: { priority: 1000000, priorityClass: 'tier-p0' },
      P1: { priority: 100000, priorityClass: 'tier-p1' },
      P2: { priority: 10000, priorityClass: 'tier-p2' },
    },
    defaults: { tier: 'P2', securityContext: { runAsUser: 1000 } },
    allow: { images: ['registry.example.com/*'] },
    argocd: { instances: { main: { generatorUrl: 'http://sixfold-generator.argocd.svc.cluster.local:8080' } } },
  },

  // A team that may have every tier, and use 40 cores in each data center.
  team: { owners: ['oidc:people'], quota: { cpu: 40, memory: '80Gi', pods: 200 }, highestTier: 'P0' },

  // A data center of clusters: cores by name.
  dataCenter(cores): {
    region: 'eu-central-1',
    clusters: { [name]: small.cluster(name, cores[name]) for name in std.objectFields(cores) },
  },

  // A cluster with so many cores.
  cluster(name, cores): {
    server: 'https://' + name + '.eks.example.com',
    eks: { name: name, roleArn: 'arn:aws:iam::111111111111:role/argocd-' + name },
    version: '1.36',
    capacity: { cpu: cores, memory: cores * 4 + 'Gi', pods: cores * 10 },
    gateway: { address: 'gw.' + name + '.example.internal' },
    instance: 'main',
  },
}
