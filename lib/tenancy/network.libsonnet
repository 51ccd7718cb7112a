// What every pod of a team may reach and be reached by. Apps bring the rest: each opens what its roads and calls say.
local util = import '../util.libsonnet';

{
  local lib = self,

  // Nothing in, nothing out, but DNS and, where pods have an identity of their own, the agent that hands it out.
  teamNetwork(team, ctx)::
    local platform = ctx.fleet.platform;
    local extra = util.choice('platform.identity', platform.identity, {
      irsa: [],
      'pod-identity': [lib.teamEgress(team, 'allow-pod-identity', lib.podIdentityRules)],
    });
    [
      lib.networkPolicy(lib.tenancyMetadata(team, 'default-deny'), { policyTypes: ['Ingress', 'Egress'] }),
      lib.teamEgress(team, 'allow-dns', lib.dnsRules(platform)),
    ] + extra,

  // A policy that lets all pods of the namespace out by `rules`.
  teamEgress(team, name, rules)::
    lib.networkPolicy(lib.tenancyMetadata(team, name), { policyTypes: ['Egress'], egress: rules }),

  // A policy over all pods of a namespace, unless `spec` selects some.
  networkPolicy(metadata, spec):: {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    metadata: metadata,
    spec: { podSelector: {} } + spec,
  },

  // The cluster's DNS.
  dnsRules(platform):: [{
    to: [{
      namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': platform.dnsNamespace } },
      podSelector: { matchLabels: { 'k8s-app': 'kube-dns' } },
    }],
    ports: [{ port: 53, protocol: 'UDP' }, { port: 53, protocol: 'TCP' }],
  }],

  // The EKS Pod Identity agent, which listens on link-local addresses of the node.
  podIdentityRules:: [{
    to: [{ ipBlock: { cidr: '169.254.170.23/32' } }, { ipBlock: { cidr: 'fd00:ec2::23/128' } }],
    ports: [{ port: 80, protocol: 'TCP' }],
  }],
}
