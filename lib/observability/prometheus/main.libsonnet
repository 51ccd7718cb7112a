// Prometheus discovers pods by annotations or by PodMonitors, as the setting `discovery` says. An app takes part by
// `scrape` in its spec.
local util = import '../../core/util.libsonnet';

// A name that no declared port has.
local freeName(declared) =
  local names = [std.get(p, 'name', '') for p in declared];
  [name for name in ['metrics', 'scrape', 'sixfold-metrics'] if !std.member(names, name)][0];

function(lib) (import 'platform.libsonnet')(lib) + {
  local here = self,

  // Settings of `scrape` that a manifest may replace.
  defaults:: {
    // Name or number of the port.
    port: error 'spec.scrape.port: must be given',
    // Path of the metrics.
    path: '/metrics',
  },

  // What the pods of an app get: annotations, and a port that is declared only to be scraped.
  pod(app, settings)::
    if !('scrape' in app.spec) then {}
    else {
      annotations: here.discovered(settings, {
        annotations: here.metricsAnnotations(here.targetPort(app).containerPort, here.scrape(app).path),
        'pod-monitor': {},
      }),
      ports: here.scrapePorts(app),
    },

  // Objects of an app: its PodMonitor.
  app(app, settings)::
    if !('scrape' in app.spec) then []
    else here.discovered(settings, { annotations: [], 'pod-monitor': [here.podMonitor(app)] }),

  // The namespace of Prometheus, whose pods may reach the metrics.
  collectors(settings):: [lib.network.namespacePeer(settings.namespace)],

  // Annotations of pods with metrics at a port and path.
  metricsAnnotations(port, path):: {
    'prometheus.io/scrape': 'true',
    'prometheus.io/port': '' + port,
    'prometheus.io/path': path,
  },

  // One of `choices`, by how Prometheus discovers pods.
  discovered(settings, choices):: util.choice('observability.prometheus.discovery', settings.discovery, choices),

  // The scrape of an app's spec, with defaults.
  scrape(app):: here.defaults + app.spec.scrape,

  // Ports of the app's own container that are declared only to be scraped.
  // Prometheus discovers ports by their declaration, so a number that no container declares becomes a port.
  scrapePorts(app)::
    local port = app.spec.scrape.port;
    local declared = lib.service.declaredPorts(app);
    if std.isString(port) || std.length([p for p in declared if p.containerPort == port]) > 0 then []
    else [{ name: freeName(declared), containerPort: port, protocol: 'TCP' }],

  // The container port that is scraped, by name or number.
  targetPort(app)::
    local port = here.scrape(app).port;
    local matching = [
      p
      for p in lib.service.declaredPorts(app) + here.scrapePorts(app)
      if p.containerPort == port || std.get(p, 'name') == port
    ];
    if matching == [] then error "spec.scrape.port: no container has a port '" + port + "'" else matching[0],

  // The PodMonitor of an app, for the Prometheus Operator; series carry the app's team and tier.
  podMonitor(app)::
    local target = here.targetPort(app);
    local scrape = here.scrape(app);
    {
      apiVersion: 'monitoring.coreos.com/v1',
      kind: 'PodMonitor',
      metadata: lib.core.metadata(app, app.name, {}),
      spec: {
        podMetricsEndpoints: [{
          [if 'interval' in scrape then 'interval']: scrape.interval,
          path: scrape.path,
          [if 'name' in target then 'port']: target.name,
          [if !('name' in target) then 'portNumber']: target.containerPort,
        }],
        podTargetLabels: ['sixfold.dev/team', 'sixfold.dev/tier'],
        selector: { matchLabels: app.selector },
      },
    },
}
