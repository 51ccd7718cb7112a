// The two ends of network rules.

// True if a CIDR is of IPv6.
local isV6(cidr) = std.member(cidr, ':');

function(lib) {
  local here = self,

  // The pods of every gateway, in whatever namespace it runs.
  gatewayPeer:: {
    namespaceSelector: { matchLabels: { 'sixfold.dev/role': 'gateway' } },
    podSelector: { matchLabels: { 'app.kubernetes.io/name': 'sixfold-gateway' } },
  },

  // The ports on which the gateway takes calls.
  gatewayPorts(platform):: [{ port: platform.gateway.httpPort, protocol: 'TCP' }],

  // Every pod of a namespace.
  namespacePeer(name):: { namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': name } } },

  // Every pod of every team.
  teamsPeer:: { namespaceSelector: { matchLabels: { 'sixfold.dev/role': 'team' } } },

  // The pods of another app: `{ namespace, app }`; of a team without `app`, of every team without both.
  appPeer(peer)::
    (if 'namespace' in peer then here.namespacePeer(peer.namespace) else here.teamsPeer)
    + (if 'app' in peer then { podSelector: { matchLabels: lib.core.selector(peer.app) } } else {}),

  // Everything but the platform's own networks and the nodes' metadata service.
  // IPv6 is open only where the platform says which of it is private.
  outsidePeers(platform)::
    local private = platform.privateNetworks;
    local v6 = [cidr for cidr in private if isV6(cidr)];
    [{ ipBlock: { cidr: '0.0.0.0/0', except: [cidr for cidr in private if !isV6(cidr)] + ['169.254.0.0/16'] } }]
    + (if v6 == [] then [] else [{ ipBlock: { cidr: '::/0', except: v6 } }]),

  // Ports, each with a protocol.
  ports(list):: [{ protocol: 'TCP' } + p for p in list],
}
