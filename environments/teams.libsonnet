// Who there is, what each may use in a data center, and where its manifests come from.

// Quotas by size. Outside production a team gets the same small share.
local quotas = {
  small: { cpu: 40, memory: '80Gi', pods: 200 },
  medium: { cpu: 400, memory: '1Ti', pods: 1500 },
  large: { cpu: 8000, memory: '26Ti', pods: 8000 },
};

// Teams whose services fail together are one stack: prod puts at most two stacks of P0 on a cluster.
local shop = { stack: 'shop' };
local live = { stack: 'live' };

// Roles in AWS: the accounts are those of dev, staging and prod.
local roles(names) = [
  'arn:aws:iam::' + account + ':role/' + name
  for account in ['111111111111', '222222222222', '333333333333']
  for name in names
];
local firstDataCenter = { dev: ['dc1'], staging: ['dc1'], prod: ['dc1'] };
local pool(name) = { tolerations: ['example.com/pool=' + name] };

// A team: its name, the size of its quota, and what else is special about it. Who may preempt whom is the platform
// team's to say: unless stated otherwise, a team may have P0.
local team(name, size, more={}) = {
  owners: ['oidc:' + name],
  quota: quotas[size],
  quotas: { dev: quotas.small, staging: quotas.small },
  highestTier: 'P0',
  repos: ['https://git.example.com/' + name + '/deploy.git'],
} + more;

{
  // The shop (examples/boutique).
  storefront: team('storefront', 'medium', shop { defaults: { tier: 'P1' } }),
  cart: team('cart', 'medium', shop { defaults: { tier: 'P1' } }),
  catalog: team('catalog', 'medium', shop),
  checkout: team('checkout', 'medium', shop { defaults: { tier: 'P1' } }),

  // The live-streaming platform (examples/live).
  match: team('match', 'large', live {
    loadBalancers: 1,
    allow: {
      iamRoles: roles(['match-service']),
      secretStores: ['ClusterSecretStore/aws-secrets-manager'],
      secretKeys: ['match/*'],
    },
  }),
  identity: team('identity', 'large', live { allow: { iamRoles: roles(['auth']) } }),
  playback: team('playback', 'large', live {
    // Every app of this team can be rolled back alone, so each is an Application of its own.
    unit: 'app',
    // Viewers keep a segment request open for a while: let it end.
    defaults: { terminationGracePeriodSeconds: 60 },
    allow: pool('media'),
  }),
  personalization: team('personalization', 'large', {
    highestTier: 'P1',
    allow: pool('compute') + { iamRoles: roles(['recommendation', 'train-recommendation', 'user-profile']) },
  }),
  // Ads are sold in one region: elsewhere, playback asks for them over an inter-dc road.
  ads: team('ads', 'medium', { highestTier: 'P1', dataCenters: firstDataCenter, allow: pool('compute') }),
}
