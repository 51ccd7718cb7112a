// Workloads: pods, and the controllers that run and spread them.
local util = import '../core/util.libsonnet';

local parts(lib) =
  (import 'pod.libsonnet')(lib)
  + (import 'container.libsonnet')(lib)
  + (import 'security.libsonnet')(lib)
  + (import 'spread.libsonnet')(lib);

function(lib) parts(lib) + {
  local here = self,

  // Settings of workloads that a manifest may replace.
  defaults:: {
    // Restart policy of pods that run to completion.
    restartPolicy: 'Never',
    // Strictness of spreading over zones and hosts, by kind.
    // Pods that run to completion spread only when asked to; a DaemonSet has one on every node anyway.
    spread: { Deployment: 'preferred', StatefulSet: 'preferred', CronJob: 'none', Job: 'none' },
  },

  // The workload of an app on one cluster's share.
  object(app, share):: util.choice('spec.kind', app.spec.kind, here.kinds(app, share)),

  // The workload of every kind; only the chosen one is evaluated.
  kinds(app, share):: {
    Deployment: lib.deployments.deployment(app, share),
    StatefulSet: lib.statefulsets.statefulSet(app, share),
    DaemonSet: lib.daemonsets.daemonSet(app),
    CronJob: lib.jobs.cronJob(app),
    Job: lib.jobs.job(app),
  },

  // True if a kind runs to completion, rather than serving until it is replaced.
  runsToCompletion(kind):: kind == 'Job' || kind == 'CronJob',

  // Annotations of objects that the pods need before they start.
  prerequisiteAnnotations(app):: if app.spec.kind == 'Job' then lib.jobs.prerequisiteAnnotations(app) else {},

  // The PodDisruptionBudget of one cluster's share.
  // Pods that are not ready anyway never hold up a drain.
  disruptionBudget(app, share):: {
    apiVersion: 'policy/v1',
    kind: 'PodDisruptionBudget',
    metadata: lib.core.metadata(app, app.name, {}),
    spec: util.pick(share.disruption, ['maxUnavailable', 'minAvailable']) + {
      selector: { matchLabels: app.selector },
      unhealthyPodEvictionPolicy: 'AlwaysAllow',
    },
  },
}
