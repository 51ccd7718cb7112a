// How Prometheus finds the app: by annotations of its pods, or by a PodMonitor.
local scrape = import 'scrape.libsonnet';

{
  local lib = self,

  // Annotations of the pods.
  scrapeAnnotations(app):: if 'scrape' in app.spec then scrape.ways(lib, app).annotations else {},

  // The PodMonitor, where the platform finds metrics by one.
  monitors(app):: if 'scrape' in app.spec then scrape.ways(lib, app).monitors else [],

  // The PodMonitor of the Prometheus Operator.
  podMonitor(app):: scrape.podMonitor(lib, app),

  // Ports of the app's own container that are there to be scraped only.
  scrapePorts(app):: if 'scrape' in app.spec then scrape.ports(lib, app) else [],
}
