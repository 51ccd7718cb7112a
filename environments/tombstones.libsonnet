// Approved removals. Without an entry here, nothing that runs is taken away, whatever the tree says. For example:
//   { environment: 'staging', team: 'ads', app: 'ads', approvedBy: 'oidc:ads', reason: 'moved into ad-server', until: '2027-01-31' }
[]
