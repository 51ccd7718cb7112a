// Every system that a fleet can choose, by slot. A line is a system; `slots.json` has the slots, and `about.json` in a
// system's folder what the compiler and the docs need to know of it.
function(lib) {
  // Gateways that take service calls, one in every cluster.
  mesh:: {
    // Envoy, configured by files.
    envoy:: (import 'mesh/envoy/main.libsonnet')(lib),
  },

  // Names of services, inside clusters and in DNS zones.
  dns:: {},

  // The way from the internet to the external roads.
  edge:: {},

  // Clusters as objects of a management cluster.
  clusters:: {},

  // Nodes of clusters.
  nodes:: {},

  // Admission policies.
  policy:: {},

  // Metrics, dashboards and alerts.
  observability:: {
    // Prometheus, by annotations or PodMonitors.
    prometheus:: (import 'observability/prometheus/main.libsonnet')(lib),
  },

  // Secrets from stores outside of the cluster.
  secrets:: {},

  // Further forms in which a team brings an app.
  packaging:: {},
}
