// Network policy: what an app's manifest and its callers' open, on top of the namespace's default deny.
(import 'network.libsonnet')
+ (import 'peers.libsonnet')
