// Development: one data center of one cluster. New Kubernetes versions come here first.
local cluster = import 'cluster.libsonnet';

local dev(name, params) = cluster.new({
  name: name,
  environment: 'dev',
  region: 'ap-south-1',
  account: '111111111111',
  version: '1.36',
  instance: 'nonprod',
} + params);

{
  dataCenters: {
    dc1: {
      region: 'ap-south-1',
      clusters: {
        'dc1-a': dev('dc1-a', {
          endpoint: '0D2B7E1C93A64F58B1E70C4D6A9F2E35',
          capacity: { cpu: 192, memory: '768Gi', pods: 1400 },
        }),
      },
    },
  },
}
