// The entry for one app: its objects on every cluster, each built once for all the places where it is the same.
//
// Three records go through the library. `app` is the app in one environment: what it is, and what all of its objects
// share. `cell` is what belongs to one data center: who may reach whom. `share` is a cluster's part: scale, disruption.
local plainObject = import 'plain-object.libsonnet';
local record = import 'record.libsonnet';

{
  local lib = self,

  // All objects of one app, in parts: on a cluster go `before` of the record, the cluster's share, the cell's
  // objects, and `after` of the record, in this order.
  // `{ records: [{ before: [], after: [] }], cells: { "<env/dc>": { objects: [], shares: { "<share>": [] } } } }`.
  app(input)::
    local apps = [lib.appRecord(input, value) for value in input.records];
    {
      records: [{ before: lib.objectsBefore(app), after: lib.objectsAfter(app) } for app in apps],
      cells: {
        [key]:
          local cell = input.cells[key];
          local app = apps[cell.record];
          {
            objects: lib.cellObjects(app, cell),
            shares: { [name]: lib.shareObjects(app, cell.shares[name]) for name in std.objectFields(cell.shares) },
          }
        for key in std.objectFields(input.cells)
      },
    },

  // The app as the functions of the library know it.
  appRecord(input, value):: record(lib, input, value),

  // What is the same on every cluster and comes before the rest; with it a workload whose replicas are not divided.
  objectsBefore(app)::
    [lib.serviceAccount(app)]
    + lib.configMaps(app)
    + lib.sharedClaims(app)
    + lib.services(app)
    + (if app.divided then [] else [lib.workload(app, { scale: {} })]),

  // What is the same on every cluster and comes last.
  objectsAfter(app):: lib.monitors(app),

  // What depends on a cluster's share.
  shareObjects(app, share)::
    (if app.divided then [lib.workload(app, share)] else [])
    + lib.autoscalers(app, share)
    + lib.disruptionBudgets(app, share),

  // What depends on the data center: the ways in and out, and the team's own objects.
  cellObjects(app, cell)::
    lib.loadBalancers(app, cell)
    + lib.networkPolicies(app, cell)
    + [lib.plainObject(app, object) for object in std.get(cell, 'objects', [])],

  // A Kubernetes object that the team wrote itself: labelled, and placed in the app's namespace.
  plainObject(app, object):: plainObject(lib, app, object),
}
