// Jobs. They are immutable, so a Job is a hook of Argo CD, which deletes it and makes it anew at every sync.
local util = import '../util.libsonnet';

// When Argo CD runs the Job.
local hookOf(app) = std.get(std.get(app.spec, 'job', {}), 'hook', 'Sync');

// Annotations that make an object a hook of Argo CD.
local hookAnnotations(hook) = {
  'argocd.argoproj.io/hook': hook,
  'argocd.argoproj.io/hook-delete-policy': 'BeforeHookCreation',
};

{
  // The Job of an app.
  job(lib, app):: {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: lib.metadata(app, app.name, hookAnnotations(hookOf(app))),
    spec: lib.jobSpec(app),
  },

  // What Job and CronJob share.
  spec(app):: util.pick(std.get(app.spec, 'job', {}), [
    'activeDeadlineSeconds',
    'backoffLimit',
    'completionMode',
    'completions',
    'parallelism',
    'ttlSecondsAfterFinished',
  ]) + { template: app.template },

  // What a Job that runs before the sync needs must be there before the sync too, so it is a hook itself. A claim
  // cannot be one: Argo CD would delete it, and the data with it.
  prerequisiteAnnotations(app)::
    if hookOf(app) != 'PreSync' then {}
    else if std.length([v for v in app.volumes if 'claim' in v]) > 0 then
      error 'spec.job.hook: a Job with a claim cannot run PreSync, when its claim is not there yet; use Sync'
    else hookAnnotations('PreSync'),
}
