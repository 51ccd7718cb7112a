// Who may talk to the gateway, and to whom it talks.
local peers = import '../policy/peers.libsonnet';

{
  local lib = self,

  // Nothing but: pods of the cluster to the gateway, other clusters to the peer gateway, Prometheus to both, both to
  // apps, and the gateway to other clusters.
  gatewayNetwork(ctx)::
    local platform = ctx.fleet.platform;
    local networks = [{ ipBlock: { cidr: cidr } } for cidr in platform.privateNetworks];
    local http = [{ port: 'http', protocol: 'TCP' }];
    local status = [{ port: 'status', protocol: 'TCP' }];
    local scrape = { from: [peers.namespace(platform.metricsNamespace)], ports: status };
    local apps = { to: [{ namespaceSelector: { matchLabels: { 'sixfold.dev/role': 'team' } } }] };
    local ports = [{ port: port, protocol: 'TCP' } for port in lib.peerPorts(ctx)];
    local peers = if ports == [] then [] else [{ to: networks, ports: ports }];
    local names = [lib.gatewayShardName(i) for i in std.range(0, lib.gatewayShards(ctx) - 1)];
    [lib.networkPolicy(lib.gatewayMetadata(ctx, 'default-deny'), { policyTypes: ['Ingress', 'Egress'] })] + [
      lib.gatewayPolicy(ctx, name, [{ from: [{ namespaceSelector: {} }], ports: http }, scrape], [apps] + peers)
      for name in names
    ] + (if !lib.hasPeers(ctx) then [] else [
           lib.gatewayPolicy(ctx, lib.peerName, [{ from: networks, ports: http + status }, scrape], [apps]),
         ]),

  // The policy of one part of the gateway: ingress as given, DNS, and egress as given.
  gatewayPolicy(ctx, name, ingress, egress)::
    lib.networkPolicy(lib.gatewayMetadata(ctx, name), {
      podSelector: { matchLabels: lib.gatewaySelector(name) },
      policyTypes: ['Ingress', 'Egress'],
      ingress: ingress,
      egress: lib.dnsRules(ctx.fleet.platform) + egress,
    }),

  // The ports on which the DC's other gateways take calls.
  peerPorts(ctx):: std.set([
    endpoint.port
    for service in ctx.services
    for endpoint in service.endpoints
    if !endpoint['local']
  ]),
}
