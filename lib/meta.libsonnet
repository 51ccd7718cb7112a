// Labels and metadata, which every object of an app shares.
{
  local lib = self,

  // What selects an app's pods. It outlives every version and override, because selectors are immutable.
  selector(name):: {
    'app.kubernetes.io/name': name,
    'app.kubernetes.io/instance': name,
  },

  // Who owns an object; nothing that a team writes may change these.
  ownershipLabels(team, tier):: {
    'app.kubernetes.io/managed-by': 'sixfold',
    'sixfold.dev/team': team,
    'sixfold.dev/tier': tier,
  },

  // The labels of every object of an app. Of the recommended ones a team may set `component` and `part-of`.
  labels(meta, tier, version)::
    { 'app.kubernetes.io/part-of': meta.team }
    + std.get(meta, 'labels', {})
    + lib.selector(meta.name)
    + lib.ownershipLabels(meta.team, tier)
    + (if version == null then {} else { 'app.kubernetes.io/version': std.stripChars(version, '-_.') }),

  // Metadata of an object of the app; `annotations` come on top of the app's own.
  metadata(app, name, annotations)::
    local all = app.annotations + annotations;
    {
      name: name,
      namespace: app.namespace,
      labels: app.labels,
      [if all != {} then 'annotations']: all,
    },
}
