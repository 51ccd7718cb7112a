// CronJobs. Unlike a Job a CronJob may change in place: the change applies to the Jobs to come.
local util = import '../core/util.libsonnet';

function(lib) {
  local here = self,

  // The CronJob of an app.
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
