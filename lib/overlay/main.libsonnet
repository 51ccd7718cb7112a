// Objects of one app on every cluster, each built once for all the places where it is the same.
//
// Three records go through the library. `app` is the app in one environment: its spec, and what all of its objects
// share. `cell` is one data center's part: ingress, egress, the team's own objects. `share` is a cluster's part: scale
// and disruption; clusters with the same scale have one share.
function(lib) (import 'record.libsonnet')(lib) + {
  local here = self,

  // All objects of one app, in parts.
  // `{ records: [{ before: [], after: [] }], cells: { "<env>/<dc>": { objects: [], shares: { "<share>": [] } } } }`.
  // On a cluster go `before` of the record, the cluster's share, the cell's objects, and `after` of the record.
  parts(input)::
    local apps = [here.record(input, value) for value in input.records];
    {
      records: [{ before: here.objectsBefore(app), after: here.objectsAfter(app) } for app in apps],
      cells: {
        [key]:
          local cell = input.cells[key];
          local app = apps[cell.record];
          {
            objects: here.cellObjects(app, cell),
            shares: { [name]: here.shareObjects(app, cell.shares[name]) for name in std.objectFields(cell.shares) },
          }
        for key in std.objectFields(input.cells)
      },
    },

  // Objects that are the same on every cluster and come first; with them a workload whose replicas are not divided.
  objectsBefore(app)::
    [lib.identity.serviceAccount(app)]
    + lib.config.configMaps(app)
    + (if app.volumes == [] then [] else lib.storage.sharedClaims(app))
    + lib.service.objects(app)
    + (if app.spec.kind == 'StatefulSet' then [lib.statefulsets.headless(app)] else [])
    + (if app.divided then [] else [lib.workload.object(app, { scale: {} })]),

  // Objects that are the same on every cluster and come last: those of the chosen systems.
  objectsAfter(app):: lib.chosen.app(app),

  // Objects that depend on a cluster's share.
  shareObjects(app, share)::
    (if app.divided then [lib.workload.object(app, share)] else [])
    + (if 'max' in share.scale then [lib.autoscaling.autoscaler(app, share.scale)] else [])
    + (if 'disruption' in share then [lib.workload.disruptionBudget(app, share)] else []),

  // Objects that depend on the data center: load balancer, network policy, and the team's own.
  cellObjects(app, cell)::
    (if 'loadBalancer' in cell then [lib.edge.loadBalancer(app, cell)] else [])
    + lib.network.networkPolicies(app, cell)
    + [lib.plain.plainObject(app, object) for object in std.get(cell, 'objects', [])],
}
