// The gateway of a cluster, in the platform namespace. The gateway takes calls from the cluster's own pods and spreads
// them over the clusters of the data center. The peer gateway takes calls from the data center's other clusters and
// passes them to services of this one only, so a call is forwarded at most once, whatever its headers say.
//
// `gateway.envoy` is what runs in the pods; it knows nothing of the objects around it.
function(lib)
  (import 'objects.libsonnet')(lib)
  + (import 'parts.libsonnet')(lib)
  + (import 'config.libsonnet')(lib)
  + (import 'workload.libsonnet')(lib)
  + (import 'pod.libsonnet')(lib)
  + (import 'peer-service.libsonnet')(lib)
  + (import 'network.libsonnet')(lib)
  + {
    // Envoy: configuration and container.
    envoy:: (import 'envoy/main.libsonnet')(lib),
  }
