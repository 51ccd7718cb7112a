// Egress that every pod of the platform and of teams needs.
function(lib) {
  // Egress to the cluster's DNS.
  dnsRules(platform):: [{
    to: [{
      namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': platform.dnsNamespace } },
      podSelector: { matchLabels: { 'k8s-app': 'kube-dns' } },
    }],
    ports: [{ port: 53, protocol: 'UDP' }, { port: 53, protocol: 'TCP' }],
  }],
}
