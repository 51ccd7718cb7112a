// Small helpers that no extension has a reason to replace.
{
  // The value of `key` in a literal map; an unknown key is an error that lists the known ones.
  choice(field, key, known)::
    if key in known then known[key]
    else error field + ": unknown '" + key + "'; known: " + std.join(', ', std.objectFields(known)),

  // The named fields that `object` has, unchanged.
  pick(object, names):: { [name]: object[name] for name in names if name in object },

  // A Kubernetes quantity as text; fractions become thousandths, the form in which Kubernetes keeps them.
  quantity(value)::
    if std.isString(value) then value
    else if value == std.floor(value) then '' + value
    else '' + std.floor(value * 1000 + 0.5) + 'm',
}
