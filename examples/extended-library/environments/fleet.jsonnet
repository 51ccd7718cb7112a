// A fleet of one cluster, to show how a platform team extends the library. What matters here is the folder `lib/`.
{
  apiVersion: 'sixfold.dev/v1',
  kind: 'Fleet',
  name: 'extended',
  repository: { url: 'https://git.example.com/platform/deploy.git', path: 'overlays' },
  domains: { internal: 'example.internal', external: 'example.com' },
  platform: { mesh: { envoy: { image: 'docker.io/envoyproxy/envoy:distroless-v1.40.0' } } },
  tiers: {
    P0: { priority: 1000000, priorityClass: 'tier-p0' },
    P1: { priority: 100000, priorityClass: 'tier-p1' },
    P2: { priority: 10000, priorityClass: 'tier-p2' },
  },
  defaults: {
    tier: 'P2',
    resources: { requests: { cpu: '50m', memory: '64Mi' } },
    securityContext: { runAsUser: 1000 },
  },
  argocd: {
    instances: {
      main: { generatorUrl: 'http://sixfold-generator.argocd.svc.cluster.local:8080' },
    },
  },
  allow: { images: ['registry.example.com/*', 'docker.io/*'] },
  teams: {
    web: {
      owners: ['oidc:web'],
      highestTier: 'P1',
      quota: { cpu: 20, memory: '40Gi', pods: 100 },
    },
  },
  environments: {
    prod: {
      dataCenters: {
        dc1: {
          region: 'eu-central-1',
          clusters: {
            'dc1-a': {
              server: 'https://7F3C9A15E08B42D6A1C4B5E2097D6F83.gr7.eu-central-1.eks.amazonaws.com',
              eks: { name: 'dc1-a', roleArn: 'arn:aws:iam::444444444444:role/argocd-dc1-a' },
              version: '1.36',
              capacity: { cpu: 64, memory: '256Gi', pods: 450 },
              gateway: { address: 'gw.dc1-a.example.internal' },
              instance: 'main',
            },
          },
        },
      },
    },
  },
}
