// Upstreams: where the gateway sends the requests for one stop. (Envoy calls them clusters.) There are thousands, so
// what all of them share is set once, as runtime values of the bootstrap.
local lines = import '../gateway/lines.libsonnet';

{
  local lib = self,

  // The upstreams of all stops as text; `places` gives the clusters that one leads to.
  upstreams(stops, places)::
    local text(more) = '{' + lines.fields(lib.upstreamBase + more) + ', "name": "';
    local spread = { common_lb_config: { locality_weighted_lb_config: {} } };
    local bases = {
      alone: { h1: text({}), h2: text(lib.http2Upstream) },
      spread: { h1: text(spread), h2: text(spread + lib.http2Upstream) },
    };
    lines.list([
      local found = places(stop);
      local kind = if std.length(found) > 1 then bases.spread else bases.alone;
      (if stop.http2 then kind.h2 else kind.h1) + stop.name
      + '", "load_assignment": {"cluster_name": "' + stop.name + '", "endpoints": [' + std.join(', ', found) + ']}}'
      for stop in stops
    ]),

  // What every upstream has. Retries are at most a fifth of the requests in flight, and a service that is slow gets no
  // more than its share of the gateway's memory.
  upstreamBase:: {
    '@type': 'type.googleapis.com/envoy.config.cluster.v3.Cluster',
    // Every name is looked up again and again for every service; the addresses behind them seldom change.
    cluster_type: {
      name: 'envoy.cluster.dns',
      typed_config: {
        '@type': 'type.googleapis.com/envoy.extensions.clusters.dns.v3.DnsCluster',
        dns_lookup_family: 'V4_PREFERRED',
        dns_refresh_rate: '30s',
      },
    },
    connect_timeout: '1s',
    circuit_breakers: { thresholds: [{ max_connections: 4096, max_requests: 8192, retry_budget: {} }] },
    outlier_detection: {},
  },

  // Cleartext HTTP/2, also without an Upgrade.
  http2Upstream:: {
    typed_extension_protocol_options: {
      'envoy.extensions.upstreams.http.v3.HttpProtocolOptions': {
        '@type': 'type.googleapis.com/envoy.extensions.upstreams.http.v3.HttpProtocolOptions',
        explicit_http_config: { http2_protocol_options: {} },
      },
    },
  },
}
