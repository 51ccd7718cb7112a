// Cluster Secrets, by which Argo CD reaches clusters. No credentials: Argo CD logs in to EKS with its own identity.
function(lib) {
  local here = self,

  // The Secret of one cluster.
  // It is deleted last, after the cluster's Applications: without it Argo CD would drop them and leave what they
  // deployed.
  clusterSecret(cluster, input)::
    local name = cluster.environment + '-' + cluster.name;
    {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: here.keptMetadata(input, 'cluster-' + name) {
        labels: std.get(cluster, 'labels', {}) + lib.platform.platformLabels('cluster-' + name) + {
          'argocd.argoproj.io/secret-type': 'cluster',
          'sixfold.dev/environment': cluster.environment,
          'sixfold.dev/data-center': cluster.dataCenter,
          'sixfold.dev/region': cluster.region,
          'sixfold.dev/cluster': cluster.name,
          'sixfold.dev/state': std.get(cluster, 'state', 'active'),
        },
      },
      type: 'Opaque',
      stringData: {
        name: name,
        server: cluster.server,
        config: std.manifestJsonMinified(here.clusterLogin(cluster.eks)),
      },
    },

  // The login to a cluster, as the Secret's `config` has it.
  clusterLogin(eks):: {
    awsAuthConfig: { clusterName: eks.name, roleARN: eks.roleArn },
    tlsClientConfig: { insecure: false, [if 'caData' in eks then 'caData']: eks.caData },
  },
}
