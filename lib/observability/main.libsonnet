// How Prometheus finds the app: by annotations of its pods, or by a PodMonitor.
{
  local lib = self,

  // Annotations of the pods.
  scrapeAnnotations(app):: lib.scraping(app).annotations,

  // The PodMonitor.
  monitors(app):: lib.scraping(app).monitors,

  // The platform's way to find metrics, and what it takes.
  scraping(app)::
    if !('scrape' in app.spec) then { annotations: {}, monitors: [] }
    else lib.choice('platform.metrics', app.fleet.platform.metrics, {
      annotations: { annotations: lib.prometheusAnnotations(app), monitors: [] },
      'pod-monitor': { annotations: {}, monitors: [lib.podMonitor(app)] },
    }),

  // The annotations that Prometheus' usual pod discovery reads.
  prometheusAnnotations(app):: {
    'prometheus.io/scrape': 'true',
    'prometheus.io/port': '' + lib.scrapePort(app).containerPort,
    'prometheus.io/path': std.get(app.spec.scrape, 'path', '/metrics'),
  },

  // A PodMonitor of the Prometheus Operator.
  podMonitor(app):: {
    apiVersion: 'monitoring.coreos.com/v1',
    kind: 'PodMonitor',
    metadata: lib.metadata(app, app.name, {}),
    spec: {
      selector: { matchLabels: app.selector },
      podTargetLabels: ['sixfold.dev/team', 'sixfold.dev/tier'],
      podMetricsEndpoints: [{
        port: lib.scrapePort(app).name,
        path: std.get(app.spec.scrape, 'path', '/metrics'),
      } + lib.pick(app.spec.scrape, ['interval'])],
    },
  },

  // The container port that is scraped: found by name or number among those of all containers.
  scrapePort(app)::
    local port = app.spec.scrape.port;
    local found = [
      p
      for p in lib.declaredPorts(app) + lib.scrapePorts(app)
      if 'name' in p && p.name == port || p.containerPort == port
    ];
    if found == [] then error "spec.scrape.port: no container has a port '" + port + "'" else found[0],

  // A container port for a number that no container declares, so that it has a name to scrape it by.
  scrapePorts(app)::
    if !('scrape' in app.spec) || !std.isNumber(app.spec.scrape.port)
       || std.length([p for p in lib.declaredPorts(app) if p.containerPort == app.spec.scrape.port]) > 0
    then []
    else [{ name: 'metrics', containerPort: app.spec.scrape.port, protocol: 'TCP' }],
}
