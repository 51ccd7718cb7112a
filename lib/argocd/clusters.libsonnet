// Cluster Secrets: how Argo CD reaches a cluster. No credentials: Argo CD logs in to EKS with its own identity.
{
  local lib = self,

  // The Secret of one cluster. It goes last, after the cluster's Applications: without it Argo CD would drop them and
  // leave what they deployed.
  clusterSecret(cluster, input)::
    local name = cluster.environment + '-' + cluster.name;
    {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: lib.keptMetadata(input, 'cluster-' + name) {
        labels: std.get(cluster, 'labels', {}) + lib.platformLabels('cluster-' + name) + {
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
        config: std.manifestJsonMinified(lib.clusterLogin(cluster.eks)),
      },
    },

  // The login, as the cluster Secret's `config` holds it.
  clusterLogin(eks):: {
    awsAuthConfig: { clusterName: eks.name, roleARN: eks.roleArn },
    tlsClientConfig: { insecure: false, [if 'caData' in eks then 'caData']: eks.caData },
  },
}
