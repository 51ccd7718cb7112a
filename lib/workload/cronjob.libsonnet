// A CronJob. Unlike a Job it may change in place: what it changes is the Jobs to come. Runs never overlap, and the
// schedule is in UTC, unless the manifest says otherwise.
local util = import '../util.libsonnet';

function(lib, app)
  local schedule =
    if 'schedule' in app.spec then app.spec.schedule else error 'spec.schedule: a CronJob must say when it runs';
  {
    apiVersion: 'batch/v1',
    kind: 'CronJob',
    metadata: lib.metadata(app, app.name, {}),
    spec: util.pick(schedule, [
      'failedJobsHistoryLimit',
      'startingDeadlineSeconds',
      'successfulJobsHistoryLimit',
      'suspend',
    ]) + {
      concurrencyPolicy: std.get(schedule, 'concurrencyPolicy', 'Forbid'),
      jobTemplate: {
        metadata: { labels: app.labels },
        spec: lib.jobSpec(app),
      },
      schedule: schedule.cron,
      timeZone: std.get(schedule, 'timeZone', 'Etc/UTC'),
    },
  }
