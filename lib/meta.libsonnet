// Names, labels and metadata, which every object of an app shares.
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
    + (if version == null then {} else { 'app.kubernetes.io/version': lib.versionLabel(version) }),

  // An image version as a label value: without a digest behind a tag, at most 63 characters, clean at both ends.
  versionLabel(version)::
    local parts = std.split(version, '@');
    local text = if parts[0] != '' then parts[0] else std.strReplace(parts[1], ':', '-');
    std.stripChars(std.substr(text, 0, 63), '-_.'),

  // Metadata of an object of the app; `annotations` come on top of the app's own.
  metadata(app, name, annotations)::
    local all = app.annotations + annotations;
    {
      name: name,
      namespace: app.namespace,
      labels: app.labels,
      [if all != {} then 'annotations']: all,
    },

  // The value of a literal map; an unknown key is an error that lists the known ones.
  choice(field, key, known)::
    if std.objectHas(known, key) then known[key]
    else error field + ": unknown '" + key + "'; known: " + std.join(', ', std.objectFields(known)),

  // The named fields of `object` that are there, unchanged.
  pick(object, names):: { [name]: object[name] for name in names if name in object },

  // A Kubernetes quantity as text; fractions become thousandths, the form in which Kubernetes keeps them.
  quantity(value)::
    if std.isString(value) then value
    else if value == std.floor(value) then '' + value
    else '' + std.floor(value * 1000 + 0.5) + 'm',

  // A map of quantities as text.
  quantities(values):: { [name]: lib.quantity(values[name]) for name in std.objectFields(values) },
}
