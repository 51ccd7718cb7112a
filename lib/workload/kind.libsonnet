// The choice of workload kind.
{
  local lib = self,

  // The app's workload.
  workload(app, variant):: lib.choice('spec.kind', app.spec.kind, lib.workloadKinds(app, variant)),

  // Every kind that an app may be; each field is evaluated only when chosen.
  workloadKinds(app, variant):: {
    Deployment: lib.deployment(app, variant),
    StatefulSet: lib.statefulSet(app, variant),
    DaemonSet: lib.daemonSet(app),
    CronJob: lib.cronJob(app),
    Job: lib.job(app),
  },

  // Whether the app runs to an end, rather than serving until it is replaced.
  runsToCompletion(app):: app.spec.kind == 'Job' || app.spec.kind == 'CronJob',

  // How new pods replace old ones: one of the strategies that the kind knows.
  rolloutType(app, strategies, default)::
    lib.choice('spec.rollout.type of a ' + app.spec.kind, std.get(lib.rollout(app), 'type', default), strategies),

  // The manifest's rollout settings, empty when it has none.
  rollout(app):: std.get(app.spec, 'rollout', {}),

  // `replicas`, unless a HorizontalPodAutoscaler owns the number.
  replicas(variant):: lib.pick(std.get(variant, 'scale', {}), ['replicas']),
}
