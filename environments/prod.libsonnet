// Production: two data centers of three clusters, each in a region of its own.
local cluster = import 'cluster.libsonnet';

local prod(name, region, params) = cluster.new({
  name: name,
  environment: 'prod',
  region: region,
  account: '333333333333',
  version: '1.35',
  instance: 'prod',
} + params);

local mumbai(name, params) = prod(name, 'ap-south-1', params);
local singapore(name, params) = prod(name, 'ap-southeast-1', params);

{
  // A fifth of every cluster stays free, for rollouts and for nodes that fail. What a tier is owed: docs/concepts.md.
  placement: {
    headroom: { cpu: 0.2, memory: 0.2, pods: 0.2 },
    tiers: {
      P0: { spread: 3, stacks: 2, survivesLoss: true },
      P1: { spread: 2 },
      P2: { spread: 1 },
    },
  },
  dataCenters: {
    dc1: {
      region: 'ap-south-1',
      clusters: {
        'dc1-a': mumbai('dc1-a', {
          endpoint: '8E4D1F6A02B94C7795A3D80E6C1B7F24',
          capacity: { cpu: 16000, memory: '62Ti', pods: 30000 },
        }),
        'dc1-b': mumbai('dc1-b', {
          endpoint: 'F17C5B3E8A0642D9B6E4917D2C803A5E',
          capacity: { cpu: 15200, memory: '58Ti', pods: 28500 },
        }),
        'dc1-c': mumbai('dc1-c', {
          endpoint: '2B9A6E0D74C14F83A5D1E8703F6C9B42',
          capacity: { cpu: 14400, memory: '55Ti', pods: 27000 },
        }),
      },
    },
    dc2: {
      region: 'ap-southeast-1',
      clusters: {
        'dc2-a': singapore('dc2-a', {
          endpoint: '94D0E7B26F3A4851BC7E2D9506A8F13C',
          capacity: { cpu: 12000, memory: '46Ti', pods: 22500 },
        }),
        'dc2-b': singapore('dc2-b', {
          endpoint: '6C38F5A1E9D7420B8F64B0C7D13E2A95',
          capacity: { cpu: 11200, memory: '43Ti', pods: 21000 },
        }),
        'dc2-c': singapore('dc2-c', {
          endpoint: 'B70E2C4F8D5149A6937F1A6E0DC5843B',
          capacity: { cpu: 10400, memory: '40Ti', pods: 19500 },
        }),
      },
    },
  },
}
