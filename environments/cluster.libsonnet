// One EKS cluster from the few things that differ between clusters.
local defaults = {
  // name of the cluster, unique in its environment
  name: error 'must provide name',
  // the environment that owns it
  environment: error 'must provide environment',
  // AWS region
  region: error 'must provide region',
  // AWS account
  account: error 'must provide account',
  // the first label of the API server's host, 32 hex digits
  endpoint: error 'must provide endpoint',
  // allocatable cores, bytes and pods
  capacity: error 'must provide capacity',
  // Kubernetes minor version
  version: error 'must provide version',
  // the Argo CD instance that manages it
  instance: error 'must provide instance',
  // active, draining, standby or retired
  state: 'active',
  // labels beside those that every cluster has
  labels: {},
};

// What every cluster serves beside the built-in APIs: an API that one cluster lacks would tie an app to the others.
local apis = [
  'external-secrets.io/v1',
  'karpenter.sh/v1',
  'monitoring.coreos.com/v1',
];

{
  // A cluster of the fleet from `params`, which are `defaults` with the required ones filled in.
  new(params)::
    local this = defaults + params;
    assert std.length(this.endpoint) == 32 : 'the endpoint of ' + this.name + ' must have 32 hex digits';
    {
      server: 'https://' + this.endpoint + '.gr7.' + this.region + '.eks.amazonaws.com',
      eks: {
        name: this.environment + '-' + this.name,
        roleArn: 'arn:aws:iam::' + this.account + ':role/argocd-' + this.environment + '-' + this.name,
      },
      version: this.version,
      capacity: this.capacity,
      state: this.state,
      labels: { 'example.com/account': this.account } + this.labels,
      apis: apis,
      gateway: { address: 'gw.' + this.name + '.' + this.environment + '.example.internal' },
      instance: this.instance,
    },
}
