// The gateway's pods.
local util = import '../util.libsonnet';

{
  local lib = self,

  // The pod of one part of the gateway.
  gatewayPod(ctx, part, bootstrap):: {
    serviceAccountName: lib.gatewayName,
    automountServiceAccountToken: false,
    enableServiceLinks: false,
    priorityClassName: lib.highestTier(ctx.fleet.tiers).priorityClass,
    // After the wait of preStop no caller is left: connections live a minute at most.
    terminationGracePeriodSeconds: 90,
    securityContext: {
      runAsNonRoot: true,
      runAsUser: 65532,
      runAsGroup: 65532,
      seccompProfile: { type: 'RuntimeDefault' },
    },
    // Names in the configuration are complete, so the search list would only multiply the questions to DNS.
    dnsConfig: { options: [{ name: 'ndots', value: '1' }] },
    topologySpreadConstraints: [
      {
        maxSkew: 1,
        topologyKey: key,
        whenUnsatisfiable: 'ScheduleAnyway',
        labelSelector: { matchLabels: lib.gatewaySelector(part.name) },
        matchLabelKeys: ['pod-template-hash'],
      }
      for key in ['topology.kubernetes.io/zone', 'kubernetes.io/hostname']
    ],
    containers: [lib.gatewayContainer(ctx, part)],
    volumes: [
      { name: 'bootstrap', configMap: { name: bootstrap } },
      {
        name: 'roads',
        projected: {
          sources: [{ configMap: { name: part.name + '-' + file } } for file in ['clusters', 'routes']],
        },
      },
    ],
  },

  // Envoy.
  gatewayContainer(ctx, part)::
    local gateway = ctx.fleet.platform.gateway;
    {
      name: 'envoy',
      image: gateway.image,
      command: ['envoy'],
      args: [
        '--config-path',
        lib.bootstrapFolder + '/envoy.json',
        '--service-cluster',
        part.name,
        '--service-node',
        '$(POD_NAME)',
        '--concurrency',
        '' + lib.concurrency(gateway.cpu),
        '--log-level',
        'warning',
        '--disable-hot-restart',
      ],
      env: [{ name: 'POD_NAME', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } }],
      ports: [
        { name: part.port, containerPort: gateway.httpPort, protocol: 'TCP' },
        { name: 'status', containerPort: lib.statusPort(ctx.fleet.platform), protocol: 'TCP' },
      ],
      startupProbe: lib.statusProbe('/ready') { periodSeconds: 1, failureThreshold: 60 },
      readinessProbe: lib.statusProbe('/ready') { periodSeconds: 5, failureThreshold: 2 },
      livenessProbe: lib.statusProbe('/livez') { periodSeconds: 10, failureThreshold: 6 },
      lifecycle: { preStop: lib.waitBeforeStop(ctx.cluster) },
      resources: {
        requests: { cpu: util.quantity(gateway.cpu), memory: util.quantity(gateway.memory) },
        limits: { memory: util.quantity(gateway.memory) },
      },
      securityContext: {
        allowPrivilegeEscalation: false,
        capabilities: { drop: ['ALL'] },
        readOnlyRootFilesystem: true,
      },
      volumeMounts: [
        { name: 'bootstrap', mountPath: lib.bootstrapFolder, readOnly: true },
        { name: 'roads', mountPath: lib.configFolder, readOnly: true },
      ],
    },

  // A probe of the status listener.
  statusProbe(path):: { httpGet: { path: path, port: 'status' }, timeoutSeconds: 2 },

  // Time for endpoints to be taken out everywhere and for callers to reconnect elsewhere. Kubelet itself waits since
  // 1.30; before that the image must bring `sleep`.
  waitBeforeStop(cluster)::
    if lib.atLeast(cluster.version, 30) then { sleep: { seconds: 70 } } else { exec: { command: ['sleep', '70'] } },

  // The tier whose pods go first: nothing is reached without the gateway.
  highestTier(tiers)::
    local all = [tiers[name] for name in std.objectFields(tiers)];
    std.sort(all, function(tier) -tier.priority)[0],
}
