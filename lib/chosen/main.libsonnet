// The systems that the platform has chosen for a data center, and what each of them adds.
//
// `systems` is `{ slot: { name: settings } }`, with every setting. A system adds something by a function of a known
// name (docs/extending-the-library.md has all); of a system that is not chosen no file is read.
function(lib) {
  local here = self,

  // Each chosen system that has the function `name`, as `{ functions, settings }`, by slot and name.
  having(systems, name):: [
    { functions: lib.systems[slot][system], settings: systems[slot][system] }
    for slot in std.objectFields(systems)
    for system in std.objectFields(systems[slot])
    if std.objectHasAll(lib.systems[slot][system], name)
  ],

  // Files of `_platform/`, each a list of objects. Two systems never write the same file.
  platform(ctx)::
    local files = [chosen.functions.platform(ctx, chosen.settings) for chosen in here.having(ctx.systems, 'platform')];
    { ['_platform/' + name]: file[name] for file in files for name in std.objectFields(file) },

  // What a team's namespace gets: labels of the Namespace, and objects in it.
  namespace(team, ctx)::
    local parts = [
      { labels: {}, objects: [] } + chosen.functions.namespace(team, ctx, chosen.settings)
      for chosen in here.having(ctx.systems, 'namespace')
    ];
    {
      labels: here.merged([part.labels for part in parts]),
      objects: std.flattenArrays([part.objects for part in parts]),
    },

  // Objects of an app that are the same on every cluster.
  app(app)::
    std.flattenArrays([
      chosen.functions.app(app, chosen.settings)
      for chosen in here.having(app.systems, 'app')
    ]),

  // What an app's pods get: labels, annotations, further containers, and further ports of the app's own container.
  pod(app)::
    local parts = [
      { labels: {}, annotations: {}, containers: [], ports: [] } + chosen.functions.pod(app, chosen.settings)
      for chosen in here.having(app.systems, 'pod')
    ];
    {
      labels: here.merged([part.labels for part in parts]),
      annotations: here.merged([part.annotations for part in parts]),
      containers: std.flattenArrays([part.containers for part in parts]),
      ports: std.flattenArrays([part.ports for part in parts]),
    },

  // Who carries calls between apps: the `peer` of a NetworkPolicy, and the `ports` on which it takes calls.
  carriers(systems)::
    [chosen.functions.carrier(chosen.settings) for chosen in here.having(systems, 'carrier')],

  // Peers of a NetworkPolicy that read metrics from pods.
  collectors(systems)::
    std.flattenArrays([chosen.functions.collectors(chosen.settings) for chosen in here.having(systems, 'collectors')]),

  // What systems want watched on a cluster: pods with metrics, and alerts (docs/extending-the-library.md).
  watched(ctx):: [
    chosen.functions.watched(ctx, chosen.settings)
    for chosen in here.having(ctx.systems, 'watched')
  ],

  // Annotations of the platform's own pods with metrics at a port and path.
  metricsAnnotations(systems, port, path)::
    here.merged([
      chosen.functions.metricsAnnotations(port, path)
      for chosen in here.having(systems, 'metricsAnnotations')
    ]),

  // Objects merged from left to right.
  merged(objects):: std.foldl(function(all, object) all + object, objects, {}),
}
