// Network rules of every pod of a team. Apps add the rest: each opens its roads and calls.
local util = import '../core/util.libsonnet';

function(lib) {
  local here = self,

  // NetworkPolicies of a team: nothing in, nothing out, but DNS and, with pod identity, the agent that hands it out.
  network(team, ctx)::
    local platform = ctx.fleet.platform;
    local extra = util.choice('platform.identity', platform.identity, {
      irsa: [],
      'pod-identity': [here.egress(team, 'allow-pod-identity', here.podIdentityRules)],
    });
    [
      lib.network.networkPolicy(here.metadata(team, 'default-deny'), { policyTypes: ['Ingress', 'Egress'] }),
      here.egress(team, 'allow-dns', lib.platform.dnsRules(platform)),
    ] + extra,

  // A NetworkPolicy that opens `rules` to all pods of the namespace.
  egress(team, name, rules)::
    lib.network.networkPolicy(here.metadata(team, name), { policyTypes: ['Egress'], egress: rules }),

  // Egress to the EKS Pod Identity agent, which listens on link-local addresses of the node.
  podIdentityRules:: [{
    to: [{ ipBlock: { cidr: '169.254.170.23/32' } }, { ipBlock: { cidr: 'fd00:ec2::23/128' } }],
    ports: [{ port: 80, protocol: 'TCP' }],
  }],
}
