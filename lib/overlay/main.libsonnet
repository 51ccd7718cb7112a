// Objects of one app on every cluster, each built once for all the places where it is the same.
//
// Three records go through the library. `app` is the app in one environment: its spec, and what all of its objects
// share. `cell` is one data center's part: ingress, egress, the team's own objects. `share` is a cluster's part: scale
// and disruption; clusters with the same scale have one share.
function(lib)
  (import 'parts.libsonnet')(lib)
  + (import 'record.libsonnet')(lib)
