// A partial spec under every manifest; a team's defaults and the manifest itself win over it.
{
  tier: 'P2',
  resources: { requests: { cpu: '50m', memory: '64Mi' } },
  disruption: { maxUnavailable: '10%' },
  topologySpread: { zones: 'preferred', hosts: 'preferred' },
  // Many public images name no numeric user, and a pod that must not be root needs one.
  securityContext: { runAsUser: 1000, runAsGroup: 1000, fsGroup: 1000 },
}
