// NetworkPolicies of the gateway.
function(lib) {
  local here = self,

  // The gateway's NetworkPolicies: a default deny, and one for each part.
  // Nothing is open but: pods of the cluster and other clusters to the gateway, collectors to it, and the gateway to
  // apps and to other clusters.
  network(ctx)::
    local platform = ctx.fleet.platform;
    local networks = [{ ipBlock: { cidr: cidr } } for cidr in platform.privateNetworks];
    local port(name) = { port: name, protocol: 'TCP' };
    local collectors = lib.chosen.collectors(ctx.systems);
    local scrape = if collectors == [] then [] else [{ from: collectors, ports: [port('status')] }];
    local apps = { to: [lib.network.teamsPeer] };
    local numbers = here.peerPorts(ctx);
    local others = if numbers == [] then [] else [{ to: networks, ports: [port(number) for number in numbers] }];
    local calls = [{ from: [{ namespaceSelector: {} }], ports: ctx.proxy.callPorts }];
    // The load balancer asks for readiness from the same networks.
    local peers(part) =
      if here.hasPeers(ctx) then [{ from: networks, ports: [port(part.peerPort), port('status')] }] else [];
    [lib.network.networkPolicy(here.metadata(ctx, 'default-deny'), { policyTypes: ['Ingress', 'Egress'] })] + [
      here.partPolicy(ctx, part, calls + peers(part) + scrape, [apps] + others)
      for part in here.parts(ctx)
    ],

  // The NetworkPolicy of one part of the gateway: ingress as given, DNS, and egress as given.
  partPolicy(ctx, part, ingress, egress)::
    lib.network.networkPolicy(here.metadata(ctx, part.name), {
      podSelector: { matchLabels: here.selector(part.name) },
      policyTypes: ['Ingress', 'Egress'],
      ingress: ingress,
      egress: lib.platform.dnsRules(ctx.fleet.platform) + egress,
    }),

  // The ports on which the data center's other clusters take calls.
  peerPorts(ctx)::
    local firsts = std.set([
      endpoint.port
      for service in ctx.services
      for endpoint in service.endpoints
      if !endpoint['local']
    ]);
    std.set([
      first + here.peerOffset(shard)
      for first in firsts
      for shard in std.range(0, ctx.proxy.shards - 1)
    ]),
}
