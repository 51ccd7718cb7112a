// Network policy: what an app's manifest and its callers' open, on top of the namespace's default deny.
local network = import 'network.libsonnet';

{
  local lib = self,

  // The app's NetworkPolicy, where anything is open at all.
  networkPolicies(app, cell):: network(lib, app, cell),

  // The gateway's pods, in whatever namespace holds a gateway.
  gatewayPeer:: {
    namespaceSelector: { matchLabels: { 'sixfold.dev/role': 'gateway' } },
    podSelector: { matchLabels: { 'app.kubernetes.io/name': 'sixfold-gateway' } },
  },

  // The ports on which the gateway takes calls.
  gatewayPorts(platform):: [{ port: platform.gateway.httpPort, protocol: 'TCP' }],
}
