// Annotations and PodMonitors by which Prometheus discovers an app, by the platform's choice. Every function takes an
// app whose spec has `scrape`.
local util = import '../core/util.libsonnet';

// A name that no declared port has.
local freeName(declared) =
  local names = [std.get(p, 'name', '') for p in declared];
  [name for name in ['metrics', 'scrape', 'sixfold-metrics'] if !std.member(names, name)][0];

function(lib) {
  local here = self,

  // Settings of `scrape` that a manifest may replace.
  defaults:: {
    // Name or number of the port.
    port: error 'spec.scrape.port: must be given',
    // Path of the metrics.
    path: '/metrics',
  },

  // Settings of an app's scrape, with defaults.
  settings(app):: here.defaults + app.spec.scrape,

  // Annotations of the pods.
  podAnnotations(app):: here.discovery(app).annotations,

  // PodMonitors of an app.
  monitors(app):: here.discovery(app).monitors,

  // Annotations of the pods, and PodMonitors, by `platform.metrics`.
  discovery(app):: util.choice('platform.metrics', app.fleet.platform.metrics, {
    annotations: {
      annotations: {
        'prometheus.io/scrape': 'true',
        'prometheus.io/port': '' + here.targetPort(app).containerPort,
        'prometheus.io/path': here.settings(app).path,
      },
      monitors: [],
    },
    'pod-monitor': {
      annotations: {},
      monitors: [here.podMonitor(app)],
    },
  }),

  // Ports of the app's own container that are declared only to be scraped.
  // Prometheus discovers ports by their declaration, so a number that no container declares becomes a port.
  scrapePorts(app)::
    local port = app.spec.scrape.port;
    local declared = lib.service.declaredPorts(app);
    if std.isString(port) || std.length([p for p in declared if p.containerPort == port]) > 0 then []
    else [{ name: freeName(declared), containerPort: port, protocol: 'TCP' }],

  // The container port that is scraped, by name or number.
  targetPort(app)::
    local port = here.settings(app).port;
    local matching = [
      p
      for p in lib.service.declaredPorts(app) + here.scrapePorts(app)
      if p.containerPort == port || std.get(p, 'name') == port
    ];
    if matching == [] then error "spec.scrape.port: no container has a port '" + port + "'" else matching[0],

  // The PodMonitor of an app, for the Prometheus Operator; series carry the app's team and tier.
  podMonitor(app)::
    local target = here.targetPort(app);
    local scrape = here.settings(app);
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
