// ApplicationSets: each asks the generator which Applications there are, and makes exactly those.
{
  local lib = self,

  // One Application for each cluster: its `_platform` and `_tenancy`.
  platformApplicationSet(input)::
    lib.applicationSet(input, lib.platformProjectName, { unit: 'cluster' }, {
      // Applications of clusters are created and changed, never deleted: namespaces hang on them. Who retires a cluster
      // deletes its Application by hand.
      syncPolicy: { applicationsSync: 'create-update', preserveResourcesOnDeletion: true },
      template: lib.applicationTemplate(input, lib.platformProjectName, { recurse: true }),
    }) + {
      // With it the controller lets go of the Applications before the set goes, so that no garbage collector takes them
      // along when somebody deletes the set.
      metadata+: { finalizers: ['resources-finalizer.argocd.argoproj.io'] },
    },

  // One Application for each namespace, or each app, of a team.
  teamApplicationSet(team, input)::
    lib.applicationSet(input, team.name, { unit: team.unit, team: team.name }, {
      // Full sync, deletions included: a removal that was approved must remove, and leave nothing running. What keeps
      // the list from shrinking by accident is the generator, which never serves a drop that no tombstone approves.
      syncPolicy: { applicationsSync: 'sync', preserveResourcesOnDeletion: false },
      [if input.argocd.progressiveSync then 'strategy']: lib.waves(input.waves),
      template: lib.applicationTemplate(input, team.name, {}),
    }),

  // An ApplicationSet over the generator's answer to `parameters`. The project is a literal, so that no answer can move
  // an Application into another one.
  applicationSet(input, name, parameters, spec):: {
    apiVersion: 'argoproj.io/v1alpha1',
    kind: 'ApplicationSet',
    // After its project, its clusters and the plugin's settings: the controller looks at it at once, and not again for
    // three minutes when it finds one of them missing.
    metadata: lib.keptMetadata(input, name)
              { annotations+: { 'argocd.argoproj.io/sync-wave': '1' } }
              + (if 'team' in parameters then { labels+: { 'sixfold.dev/team': parameters.team } } else {}),
    spec: {
      goTemplate: true,
      goTemplateOptions: ['missingkey=error'],
      generators: [{
        plugin: {
          configMapRef: { name: lib.pluginName },
          input: { parameters: parameters { instance: input.instance.name } },
          requeueAfterSeconds: input.instance.requeueAfterSeconds,
        },
      }],
      // A person may freeze an Application, and the set leaves that be.
      preservedFields: { annotations: ['argocd.argoproj.io/skip-reconcile'] },
    } + spec,
  },

  // One wave of clusters after the other, each healthy before the next begins.
  waves(names):: {
    type: 'RollingSync',
    rollingSync: {
      steps: [
        { matchExpressions: [{ key: 'sixfold.dev/wave', operator: 'In', values: [name] }] }
        for name in names
      ],
    },
  },
}
