// Jobs and CronJobs: what runs to completion. Jobs are immutable, so a Job is a hook of Argo CD, which deletes and
// creates it again at every sync.
local util = import '../core/util.libsonnet';

// Annotations that make an object a hook of Argo CD.
local hookAnnotations(hook) = {
  'argocd.argoproj.io/hook': hook,
  'argocd.argoproj.io/hook-delete-policy': 'BeforeHookCreation',
};

function(lib) {
  local here = self,

  // Settings of Jobs and CronJobs that a manifest may replace.
  defaults:: {
    // Phase of a sync in which Argo CD runs a Job.
    hook: 'Sync',
    // Policy of a CronJob while its previous run is not finished.
    concurrencyPolicy: 'Forbid',
    // Time zone of a CronJob's schedule.
    timeZone: 'Etc/UTC',
  },

  // The Job of an app, as a hook of Argo CD.
  job(app):: {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: lib.core.metadata(app, app.name, hookAnnotations(here.hook(app))),
    spec: here.spec(app),
  },

  // The phase of a sync in which Argo CD runs the Job of an app.
  hook(app):: std.get(std.get(app.spec, 'job', {}), 'hook', here.defaults.hook),

  // The spec that Job and CronJob share.
  spec(app):: util.pick(std.get(app.spec, 'job', {}), [
    'activeDeadlineSeconds',
    'backoffLimit',
    'completionMode',
    'completions',
    'parallelism',
    'ttlSecondsAfterFinished',
  ]) + { template: app.template },

  // Annotations of objects that a Job needs before it starts.
  // What a PreSync Job needs must exist before the sync too, so it is a hook itself. A claim cannot be one: Argo CD
  // would delete it, and the data with it.
  prerequisiteAnnotations(app)::
    if here.hook(app) != 'PreSync' then {}
    else if std.length([v for v in app.volumes if 'claim' in v]) > 0 then
      error 'spec.job.hook: a Job with a claim cannot run PreSync, when its claim is not there yet; use Sync'
    else hookAnnotations('PreSync'),

  // The CronJob of an app.
  // Unlike a Job it may change in place: the change applies to the Jobs to come.
  cronJob(app)::
    local schedule =
      if 'schedule' in app.spec then app.spec.schedule else error 'spec.schedule: a CronJob must say when it runs';
    {
      apiVersion: 'batch/v1',
      kind: 'CronJob',
      metadata: lib.core.metadata(app, app.name, {}),
      spec: util.pick(schedule, [
        'failedJobsHistoryLimit',
        'startingDeadlineSeconds',
        'successfulJobsHistoryLimit',
        'suspend',
      ]) + {
        concurrencyPolicy: std.get(schedule, 'concurrencyPolicy', here.defaults.concurrencyPolicy),
        jobTemplate: {
          metadata: { labels: app.labels },
          spec: here.spec(app),
        },
        schedule: schedule.cron,
        timeZone: std.get(schedule, 'timeZone', here.defaults.timeZone),
      },
    },
}
