// Jobs and CronJobs: what runs to completion.
function(lib) (import 'job.libsonnet')(lib) + (import 'cronjob.libsonnet')(lib)
