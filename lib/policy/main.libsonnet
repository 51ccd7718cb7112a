// NetworkPolicies: what an app's manifest and its callers' open, on top of the namespace's default deny.
function(lib) (import 'network.libsonnet')(lib) + (import 'peers.libsonnet')(lib)
