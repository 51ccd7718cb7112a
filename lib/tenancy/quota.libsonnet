// How much a team may use on one cluster, and what a container is taken to use that does not say.
local util = import '../util.libsonnet';

{
  local lib = self,

  // The team's share of the cluster. Requests are what placement counts, so they are what is limited. Where the number
  // of load balancers is known (`team.loadBalancers`, one for each external road that asks for one), no others pass.
  teamQuota(team):: {
    apiVersion: 'v1',
    kind: 'ResourceQuota',
    metadata: lib.tenancyMetadata(team, 'team'),
    spec: {
      hard: lib.quotaCounts {
        'requests.cpu': util.quantity(team.quota.cpu),
        'requests.memory': util.quantity(team.quota.memory),
        pods: '' + team.quota.pods,
        [if 'loadBalancers' in team then 'services.loadbalancers']: '' + team.loadBalancers,
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

  // What a container requests that came without resources, such as an injected sidecar; without it the quota would
  // refuse the pod. There is no default limit and no ratio on purpose: a default limit refuses, when the pod is created
  // and not when it is compiled, every container that requests more than it; a ratio refuses those without a limit.
  teamLimits(team):: {
    apiVersion: 'v1',
    kind: 'LimitRange',
    metadata: lib.tenancyMetadata(team, 'containers'),
    spec: { limits: [{ type: 'Container', defaultRequest: lib.defaultRequest }] },
  },

  // Enough for a small proxy.
  defaultRequest:: { cpu: '100m', memory: '128Mi' },
}
