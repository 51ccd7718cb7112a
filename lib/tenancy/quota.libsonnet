// Limits on a team's use of one cluster, and requests of containers that name none.
local util = import '../core/util.libsonnet';

function(lib) {
  local here = self,

  // The ResourceQuota of a team on one cluster.
  // Placement counts requests, so requests are limited. `team.loadBalancers` is the fleet's limit on external roads
  // that ask for one.
  quota(team):: {
    apiVersion: 'v1',
    kind: 'ResourceQuota',
    metadata: here.metadata(team, 'team'),
    spec: {
      hard: here.quotaCounts {
        'requests.cpu': util.quantity(team.quota.cpu),
        'requests.memory': util.quantity(team.quota.memory),
        pods: '' + team.quota.pods,
        'services.loadbalancers': '' + team.loadBalancers,
        'services.nodeports': '0',
      },
    },
  },

  // Limits that protect the cluster's database from a loop that creates objects; far above what teams need.
  quotaCounts:: {
    'count/configmaps': '2000',
    'count/cronjobs.batch': '500',
    'count/jobs.batch': '2000',
    'count/secrets': '2000',
    persistentvolumeclaims: '500',
    services: '1000',
  },

  // The LimitRange of a team: requests of containers that name none, such as an injected sidecar.
  // Without it the quota would reject the pod. There is no default limit and no ratio on purpose: a default limit
  // rejects, when the pod is created and not when it is compiled, every container that requests more; a ratio rejects
  // those without a limit.
  limits(team):: {
    apiVersion: 'v1',
    kind: 'LimitRange',
    metadata: here.metadata(team, 'containers'),
    spec: { limits: [{ type: 'Container', defaultRequest: here.defaultRequest }] },
  },

  // Requests of a container that names none: enough for a small proxy.
  defaultRequest:: { cpu: '100m', memory: '128Mi' },
}
