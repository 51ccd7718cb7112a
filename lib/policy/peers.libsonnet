// The two ends of network rules.
local inNamespace(name) = { namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': name } } };

// Whether a CIDR is of IPv6.
local isV6(cidr) = std.member(cidr, ':');

{
  // Every pod of a namespace.
  namespace(name):: inNamespace(name),

  // The pods of another app: `{ namespace, app }`; of a whole team without `app`, of every team without both.
  app(lib, peer)::
    (if 'namespace' in peer then inNamespace(peer.namespace)
     else { namespaceSelector: { matchLabels: { 'sixfold.dev/role': 'team' } } })
    + (if 'app' in peer then { podSelector: { matchLabels: lib.selector(peer.app) } } else {}),

  // Everything but the platform's own networks and the nodes' metadata service. IPv6 is open only where the platform
  // says which of it is private.
  outside(platform)::
    local private = platform.privateNetworks;
    local v6 = [cidr for cidr in private if isV6(cidr)];
    [{ ipBlock: { cidr: '0.0.0.0/0', except: [cidr for cidr in private if !isV6(cidr)] + ['169.254.0.0/16'] } }]
    + (if v6 == [] then [] else [{ ipBlock: { cidr: '::/0', except: v6 } }]),

  // Ports, with the protocol that is left out.
  ports(list):: [{ protocol: 'TCP' } + p for p in list],
}
