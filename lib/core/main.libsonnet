// Labels and metadata, which every object of an app shares.
function(lib) {
  local here = self,

  // Labels that select an app's pods.
  // They outlive every version and override, because selectors are immutable.
  selector(name):: {
    'app.kubernetes.io/name': name,
    'app.kubernetes.io/instance': name,
  },

  // Labels that name an object's owner; nothing that a team writes may change them.
  ownershipLabels(team, tier):: {
    'app.kubernetes.io/managed-by': 'sixfold',
    'sixfold.dev/team': team,
    'sixfold.dev/tier': tier,
  },

  // Labels of every object of an app.
  // Of the recommended ones a team may set `component` and `part-of`.
  labels(meta, tier, version)::
    { 'app.kubernetes.io/part-of': meta.team }
    + std.get(meta, 'labels', {})
    + here.selector(meta.name)
    + here.ownershipLabels(meta.team, tier)
    + (if version == null then {} else { 'app.kubernetes.io/version': std.stripChars(version, '-_.') }),

  // Metadata of an object of the app; `annotations` are added to the app's own.
  metadata(app, name, annotations)::
    local all = app.annotations + annotations;
    {
      name: name,
      namespace: app.namespace,
      labels: app.labels,
      [if all != {} then 'annotations']: all,
    },
}
