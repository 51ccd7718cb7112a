// The entry for one app: every variant of it, as lists of objects.
//
// Two records go through the library. `app` is the app in one environment and data center: what it is, and what all
// of its objects share. `variant` is what differs between clusters: scale, disruption, and who may reach whom.
local plainObject = import 'plain-object.libsonnet';
local record = import 'record.libsonnet';

{
  local lib = self,

  // All objects of one app: `{ "<variant key>": [objects in apply order] }`.
  app(input)::
    local keys = std.objectFields(input.variants);
    local variants = [input.variants[key] for key in keys];
    local indexes = std.range(0, std.length(keys) - 1);
    // Most variants differ in scale alone: what has the same spec is built once, at the first variant that has it.
    local first = [
      [j for j in std.range(0, i) if j == i || lib.sameRecord(variants[j], variants[i])][0]
      for i in indexes
    ];
    local apps = [if first[i] == i then lib.appRecord(input, variants[i]) for i in indexes];
    { [keys[i]]: lib.overlay(apps[first[i]], variants[i]) for i in indexes },

  // Whether two variants have the same record.
  sameRecord(a, b)::
    a.namespace == b.namespace && std.get(a, 'version') == std.get(b, 'version') && a.spec == b.spec,

  // The app as the functions of the library know it.
  appRecord(input, variant):: record(lib, input, variant),

  // What is the same on every cluster: the objects before the workload, and those after it.
  sharedObjects(app):: {
    local before =
      [lib.serviceAccount(app)]
      + lib.configMaps(app)
      + lib.sharedClaims(app)
      + lib.services(app),
    local after = lib.monitors(app),
    before: before,
    after: after,
  },

  // The objects of one variant, in the order in which to apply them.
  overlay(app, variant)::
    app.shared.before
    + lib.loadBalancers(app, variant)
    + [lib.workload(app, variant)]
    + lib.autoscalers(app, variant)
    + lib.disruptionBudgets(app, variant)
    + lib.networkPolicies(app, variant)
    + app.shared.after
    + [lib.plainObject(app, object) for object in std.get(variant, 'objects', [])],

  // A Kubernetes object that the team wrote itself: labelled, and placed in the app's namespace.
  plainObject(app, object):: plainObject(lib, app, object),
}
