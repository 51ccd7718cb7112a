// ApplicationSets: each asks the generator which Applications exist, and creates exactly those.
function(lib) {
  local here = self,

  // The ApplicationSet of one Application for each cluster: its `_platform` and `_tenancy`.
  platformApplicationSet(input)::
    local template = here.applicationTemplate(input, here.platformProjectName, { recurse: true });
    here.keptApplicationSet(input, here.platformProjectName, { unit: 'cluster' }, template),

  // An ApplicationSet whose Applications are created and changed, never deleted: namespaces and teams depend on them.
  // To retire a cluster, delete its Application by hand.
  keptApplicationSet(input, name, parameters, template)::
    here.applicationSet(input, name, parameters, {
      syncPolicy: { applicationsSync: 'create-update', preserveResourcesOnDeletion: true },
      template: template,
    }) + {
      // With it the controller releases the Applications before the set is deleted, so that no garbage collector
      // deletes them with it.
      metadata+: { finalizers: ['resources-finalizer.argocd.argoproj.io'] },
    },

  // The ApplicationSet of one Application for each namespace, or each app, of a team.
  teamApplicationSet(team, input)::
    here.applicationSet(input, team.name, { unit: team.unit, team: team.name }, {
      // Full sync, deletions included: an approved removal must remove, and leave nothing running. The generator keeps
      // the list from shrinking by accident: it never serves a drop that no tombstone approves.
      syncPolicy: { applicationsSync: 'sync', preserveResourcesOnDeletion: false },
      [if input.argocd.progressiveSync then 'strategy']: here.waves(input.waves),
      template: here.applicationTemplate(input, team.name, {}),
    }),

  // An ApplicationSet over the generator's answer to `parameters`.
  // The project is a literal, so that no answer can move an Application into another one.
  applicationSet(input, name, parameters, spec):: {
    apiVersion: 'argoproj.io/v1alpha1',
    kind: 'ApplicationSet',
    // After its project, its clusters and the plugin's settings: the controller reads it at once, and not again for
    // three minutes when one of them is missing.
    metadata: here.keptMetadata(input, name)
              { annotations+: { 'argocd.argoproj.io/sync-wave': '1' } }
              + (if 'team' in parameters then { labels+: { 'sixfold.dev/team': parameters.team } } else {}),
    spec: {
      goTemplate: true,
      goTemplateOptions: ['missingkey=error'],
      generators: [{
        plugin: {
          configMapRef: { name: here.pluginName },
          input: { parameters: parameters { instance: input.instance.name } },
          requeueAfterSeconds: input.instance.requeueAfterSeconds,
        },
      }],
      // A person may freeze an Application, and the set keeps that.
      preservedFields: { annotations: ['argocd.argoproj.io/skip-reconcile'] },
    } + spec,
  },

  // The strategy of one wave of clusters after the other, each healthy before the next begins.
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
