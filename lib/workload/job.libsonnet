// Jobs, as hooks of Argo CD.
{
  local lib = self,

  // A Job. Jobs are immutable, so it is a hook of Argo CD, which deletes it and makes it anew at every sync.
  job(app):: {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: lib.metadata(app, app.name, lib.hookAnnotations(lib.jobHook(app))),
    spec: lib.jobSpec(app),
  },

  // What Job and CronJob share.
  jobSpec(app)::
    lib.pick(lib.jobSettings(app), [
      'activeDeadlineSeconds',
      'backoffLimit',
      'completionMode',
      'completions',
      'parallelism',
      'ttlSecondsAfterFinished',
    ]) + { template: app.template },

  // The manifest's job settings, empty when it has none.
  jobSettings(app):: std.get(app.spec, 'job', {}),

  // When Argo CD runs the Job.
  jobHook(app):: std.get(lib.jobSettings(app), 'hook', 'Sync'),

  // Annotations that make an object a hook of Argo CD.
  hookAnnotations(hook):: {
    'argocd.argoproj.io/hook': hook,
    'argocd.argoproj.io/hook-delete-policy': 'BeforeHookCreation',
  },

  // Annotations of what the pods need before they start: a Job that runs before the sync needs it before the sync too.
  prerequisiteAnnotations(app)::
    if app.spec.kind == 'Job' && lib.jobHook(app) == 'PreSync' then lib.hookAnnotations('PreSync') else {},
}
