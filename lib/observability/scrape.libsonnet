// The platform's way to find an app's metrics.
local util = import '../util.libsonnet';

// A name that no declared port has.
local freeName(declared) =
  local names = [std.get(p, 'name', '') for p in declared];
  [name for name in ['metrics', 'scrape', 'sixfold-metrics'] if !std.member(names, name)][0];

// A container port for a number that no container declares: Prometheus finds ports by their declaration.
local undeclared(lib, app) =
  local port = app.spec.scrape.port;
  local declared = lib.declaredPorts(app);
  if std.isString(port) || std.length([p for p in declared if p.containerPort == port]) > 0 then []
  else [{ name: freeName(declared), containerPort: port, protocol: 'TCP' }];

// The container port that is scraped, by name or number.
local target(lib, app) =
  local port = app.spec.scrape.port;
  local found = [
    p
    for p in lib.declaredPorts(app) + lib.scrapePorts(app)
    if p.containerPort == port || std.get(p, 'name') == port
  ];
  if found == [] then error "spec.scrape.port: no container has a port '" + port + "'" else found[0];

{
  // Annotations of the pods and PodMonitors, by `platform.metrics`.
  ways(lib, app):: util.choice('platform.metrics', app.fleet.platform.metrics, {
    annotations: {
      annotations: {
        'prometheus.io/scrape': 'true',
        'prometheus.io/port': '' + target(lib, app).containerPort,
        'prometheus.io/path': std.get(app.spec.scrape, 'path', '/metrics'),
      },
      monitors: [],
    },
    'pod-monitor': {
      annotations: {},
      monitors: [lib.podMonitor(app)],
    },
  }),

  // The ports to declare for scraping.
  ports(lib, app):: undeclared(lib, app),

  // The PodMonitor of an app. What it finds carries the app's team and tier.
  podMonitor(lib, app)::
    local found = target(lib, app);
    {
      apiVersion: 'monitoring.coreos.com/v1',
      kind: 'PodMonitor',
      metadata: lib.metadata(app, app.name, {}),
      spec: {
        podMetricsEndpoints: [{
          [if 'interval' in app.spec.scrape then 'interval']: app.spec.scrape.interval,
          path: std.get(app.spec.scrape, 'path', '/metrics'),
          [if 'name' in found then 'port']: found.name,
          [if !('name' in found) then 'portNumber']: found.containerPort,
        }],
        podTargetLabels: ['sixfold.dev/team', 'sixfold.dev/tier'],
        selector: { matchLabels: app.selector },
      },
    },
}
