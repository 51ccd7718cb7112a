// How much a team may use on one cluster, and what a container gets that asks for nothing.
local util = import '../util.libsonnet';

{
  local lib = self,

  // The team's share of the cluster. Requests are what placement counts, so they are what is limited; the ratio in
  // `teamLimits` bounds how far memory limits can exceed them. `team.loadBalancers` admits load balancers of external
  // roads.
  teamQuota(team):: {
    apiVersion: 'v1',
    kind: 'ResourceQuota',
    metadata: lib.tenancyMetadata(team, 'team'),
    spec: {
      hard: lib.quotaCounts {
        'requests.cpu': util.quantity(team.quota.cpu),
        'requests.memory': util.quantity(team.quota.memory),
        pods: '' + team.quota.pods,
        'services.loadbalancers': '' + std.get(team, 'loadBalancers', 0),
        'services.nodeports': '0',
      },
    },
  },

  // Bounds that protect the cluster's database from a loop that creates objects; far above what teams need.
  quotaCounts:: {
    'count/configmaps': '2000',
    'count/cronjobs.batch': '500',
    'count/jobs.batch': '2000',
    'count/secrets': '2000',
    persistentvolumeclaims: '500',
    services: '1000',
  },

  // For containers that came without resources, such as injected sidecars. CPU has no default limit: a limit
  // throttles where there is room to spare.
  teamLimits(team):: {
    apiVersion: 'v1',
    kind: 'LimitRange',
    metadata: lib.tenancyMetadata(team, 'containers'),
    spec: {
      limits: [{
        type: 'Container',
        default: { memory: '512Mi' },
        defaultRequest: { cpu: '100m', memory: '128Mi' },
        maxLimitRequestRatio: { memory: '8' },
      }],
    },
  },
}
