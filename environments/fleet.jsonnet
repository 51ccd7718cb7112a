// The example fleet: three environments, nine clusters, nine teams. A platform team keeps such a folder in its deploy
// repo; `docs/fleet.md` has every field.
{
  apiVersion: 'sixfold.dev/v1',
  kind: 'Fleet',
  name: 'example',

  // The deploy repo: this folder, the manifests, the release files, and the overlay tree that Argo CD reads.
  repository: {
    url: 'https://git.example.com/platform/deploy.git',
    branch: 'main',
    path: 'overlays',
  },

  domains: import 'domains.libsonnet',
  platform: import 'platform.libsonnet',
  tiers: import 'tiers.libsonnet',
  defaults: import 'defaults.libsonnet',
  argocd: import 'argocd.libsonnet',

  // References out of its namespace that every team may use; teams.libsonnet has those of one team (docs/policy.md).
  allow: {
    images: [
      'registry.example.com/*',
      'us-central1-docker.pkg.dev/google-samples/microservices-demo/*',
      'docker.io/fluent/fluent-bit:*',
      'docker.io/library/busybox:*',
      'docker.io/library/redis:*',
      'docker.io/nginxinc/nginx-unprivileged:*',
      'docker.io/valkey/valkey:*',
    ],
    annotations: ['example.com/pager'],
  },
  teams: import 'teams.libsonnet',

  environments: {
    dev: import 'dev.libsonnet',
    staging: import 'staging.libsonnet',
    prod: import 'prod.libsonnet',
  },

  // What may go without a tombstone (tombstones.yaml), for each team and environment: these are the defaults.
  deletions: { applications: '10%', overlays: '10%', objects: '10%', minimum: 1, days: 7 },
}
