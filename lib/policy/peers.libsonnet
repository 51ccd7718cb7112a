// The two ends of network rules.
{
  local lib = self,

  // The gateway's pods, wherever a namespace holds a gateway.
  gatewayPeer:: {
    namespaceSelector: { matchLabels: { 'sixfold.dev/role': 'gateway' } },
    podSelector: { matchLabels: { 'app.kubernetes.io/name': 'sixfold-gateway' } },
  },

  // The ports on which the gateway takes calls.
  gatewayPorts(platform):: [{ port: platform.gateway.httpPort, protocol: 'TCP' }],

  // The pods of another app: `{ namespace, app }`.
  appPeer(peer):: lib.namespacePeer(peer.namespace) { podSelector: { matchLabels: lib.selector(peer.app) } },

  // Every pod of a namespace.
  namespacePeer(namespace):: { namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': namespace } } },

  // Everything but the platform's own networks and the nodes' metadata service.
  outsidePeers(platform)::
    local private = platform.privateNetworks + ['169.254.0.0/16'];
    local v6 = [cidr for cidr in platform.privateNetworks if std.member(cidr, ':')];
    [{ ipBlock: { cidr: '0.0.0.0/0', except: [cidr for cidr in private if !std.member(cidr, ':')] } }]
    + (if v6 == [] then [] else [{ ipBlock: { cidr: '::/0', except: v6 } }]),

  // Ports as rules name them; `containerPort` or `port`.
  policyPorts(ports):: [
    { port: std.get(p, 'containerPort', std.get(p, 'port')), protocol: std.get(p, 'protocol', 'TCP') }
    for p in ports
  ],
}
