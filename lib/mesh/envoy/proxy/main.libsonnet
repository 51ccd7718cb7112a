// What runs in the gateway's pods. It takes settings and stops, and knows nothing of the objects around it.
local util = import '../../../core/util.libsonnet';

local parts(lib) =
  (import 'bootstrap.libsonnet')(lib)
  + (import 'identity.libsonnet')(lib)
  + (import 'listeners.libsonnet')(lib)
  + (import 'status.libsonnet')(lib)
  + (import 'connections.libsonnet')(lib)
  + (import 'tables.libsonnet')(lib)
  + (import 'upstreams.libsonnet')(lib)
  + (import 'shared.libsonnet')(lib)
  + (import 'alerts.libsonnet')(lib)
  + (import 'sizing.libsonnet')(lib)
  + (import 'duration.libsonnet')(lib);

function(lib) parts(lib) + {
  local here = self,

  // The folder of routes and upstreams in the container.
  configFolder:: '/etc/envoy/roads',

  // The folder of the bootstrap in the container.
  bootstrapFolder:: '/etc/envoy/bootstrap',

  // The container of one part of the gateway.
  container(ctx, settings, part):: {
    name: 'envoy',
    image: settings.image,
    command: ['envoy'],
    args: [
      '--config-path',
      here.bootstrapFolder + '/envoy.json',
      '--service-cluster',
      part.name,
      '--service-node',
      '$(POD_NAME)',
      '--concurrency',
      '' + here.concurrency(settings.cpu),
      '--log-level',
      'warning',
      '--disable-hot-restart',
    ],
    env: [{ name: 'POD_NAME', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } }],
    ports: [
      { name: here.callPort(number), containerPort: settings.httpPort + number, protocol: 'TCP' }
      for number in here.tableNumbers(settings)
    ] + (
      if !lib.gateway.hasPeers(ctx) then []
      else [{ name: part.peerPort, containerPort: settings.peerPort, protocol: 'TCP' }]
    ) + [
      { name: 'status', containerPort: settings.statusPort, protocol: 'TCP' },
    ],
    startupProbe: here.statusProbe('/ready') { periodSeconds: 1, failureThreshold: 60 },
    readinessProbe: here.statusProbe('/ready') { periodSeconds: 5, failureThreshold: 2 },
    livenessProbe: here.statusProbe('/livez') { periodSeconds: 10, failureThreshold: 6 },
    resources: {
      requests: { cpu: util.quantity(settings.cpu), memory: util.quantity(settings.memory) },
      limits: { memory: util.quantity(settings.memory) },
    },
    securityContext: {
      allowPrivilegeEscalation: false,
      capabilities: { drop: ['ALL'] },
      readOnlyRootFilesystem: true,
    },
    volumeMounts: [
      { name: 'bootstrap', mountPath: here.bootstrapFolder, readOnly: true },
      { name: 'roads', mountPath: here.configFolder, readOnly: true },
    ] + (
      if !lib.gateway.hasPeers(ctx) then []
      else [{ name: 'certificate', mountPath: here.certificateFolder, readOnly: true }]
    ),
  },

  // The name of the port for the calls of a table.
  callPort(number):: 'roads-' + number,

  // The name of the port for calls to a service.
  portOf(service, settings):: here.callPort(here.tableOf(service.team, settings.tables)),

  // Files of routes and upstreams for some stops, by the end of their ConfigMap's name.
  files(ctx, settings, stops, offset)::
    { upstreams: { 'upstreams.yaml': here.upstreams(ctx, settings, stops, offset) } } + here.tables(stops, settings),

  // A probe of the status listener.
  statusProbe(path):: { httpGet: { path: path, port: 'status' }, timeoutSeconds: 2 },
}
