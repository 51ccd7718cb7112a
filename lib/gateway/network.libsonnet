// Who may talk to the gateway, and to whom it talks.
local peers = import '../policy/peers.libsonnet';

{
  local lib = self,

  // Nothing but: pods of the cluster to the gateway, other clusters to the peer gateway, Prometheus to both, both to
  // apps, and the gateway to other clusters.
  gatewayNetwork(ctx)::
    local platform = ctx.fleet.platform;
    local networks = [{ ipBlock: { cidr: cidr } } for cidr in platform.privateNetworks];
    local port(name) = { port: name, protocol: 'TCP' };
    local scrape = { from: [peers.namespace(platform.metricsNamespace)], ports: [port('status')] };
    local apps = { to: [{ namespaceSelector: { matchLabels: { 'sixfold.dev/role': 'team' } } }] };
    local numbers = lib.peerPorts(ctx);
    local others = if numbers == [] then [] else [{ to: networks, ports: [port(number) for number in numbers] }];
    [lib.networkPolicy(lib.gatewayMetadata(ctx, 'default-deny'), { policyTypes: ['Ingress', 'Egress'] })] + [
      if part.peer then
        // The load balancer asks for readiness from the same networks.
        lib.gatewayPolicy(ctx, part, [{ from: networks, ports: [port(part.port), port('status')] }, scrape], [apps])
      else
        lib.gatewayPolicy(
          ctx, part, [{ from: [{ namespaceSelector: {} }], ports: [port(part.port)] }, scrape], [apps] + others
        )
      for part in lib.gatewayParts(ctx)
    ],

  // The policy of one part of the gateway: ingress as given, DNS, and egress as given.
  gatewayPolicy(ctx, part, ingress, egress)::
    lib.networkPolicy(lib.gatewayMetadata(ctx, part.name), {
      podSelector: { matchLabels: lib.gatewaySelector(part.name) },
      policyTypes: ['Ingress', 'Egress'],
      ingress: ingress,
      egress: lib.dnsRules(ctx.fleet.platform) + egress,
    }),

  // The ports on which the DC's other clusters take calls.
  peerPorts(ctx)::
    local firsts = std.set([
      endpoint.port
      for service in ctx.services
      for endpoint in service.endpoints
      if !endpoint['local']
    ]);
    std.set([
      first + lib.peerOffset(shard)
      for first in firsts
      for shard in std.range(0, lib.gatewayShards(ctx) - 1)
    ]),
}
