// Staging: both data centers, one cluster each, so that calls between data centers are tried before production.
local cluster = import 'cluster.libsonnet';

local staging(name, region, params) = cluster.new({
  name: name,
  environment: 'staging',
  region: region,
  account: '222222222222',
  version: '1.36',
  instance: 'nonprod',
} + params);

{
  dataCenters: {
    dc1: {
      region: 'ap-south-1',
      clusters: {
        'dc1-a': staging('dc1-a', 'ap-south-1', {
          endpoint: '5A91C07E24D84B6FA3C8E15D70B2964F',
          capacity: { cpu: 640, memory: '2560Gi', pods: 4400 },
        }),
      },
    },
    dc2: {
      region: 'ap-southeast-1',
      clusters: {
        'dc2-a': staging('dc2-a', 'ap-southeast-1', {
          endpoint: 'C3F6180B9D2E47A5846B0E9F71D5A32C',
          capacity: { cpu: 640, memory: '2560Gi', pods: 4400 },
        }),
      },
    },
  },
}
