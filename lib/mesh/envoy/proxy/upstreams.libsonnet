// Upstreams: the places that the gateway sends the calls for one stop to. (Envoy names them clusters.) There are
// thousands, so what all of them share is set once, as runtime values of the bootstrap.
local lines = import 'lines.libsonnet';

// One Kubernetes cluster as Envoy sees it. The weight is the cluster's, however many addresses the name has. It is
// text, as `lines.libsonnet` says; names, addresses and durations have no character that JSON would escape.
local place(cluster, weight, address, port) =
  '{"locality": {"sub_zone": "' + cluster + '"}, "load_balancing_weight": ' + weight
  + ', "lb_endpoints": [{"endpoint": {"address": {"socket_address": {"address": "' + address
  + '", "port_value": ' + port + '}}}}]}';

function(lib) {
  local here = self,

  // Places of a stop on this cluster, as text.
  localPlaces(stop):: [place(e.cluster, 1, stop.address, stop.port) for e in lib.roads.localEndpoints(stop)],

  // Places of a stop on every cluster that takes calls, as text; `offset` is added to the peers' ports.
  openPlaces(stop, offset):: [
    local weight = std.max(e.weight, 1);
    if e['local'] then place(e.cluster, weight, stop.address, stop.port)
    else place(e.cluster, weight, e.address, e.port + offset)
    for e in lib.roads.openEndpoints(stop)
  ],

  // The upstreams of all stops as text; `places` gives the places of one.
  upstreams(stops, places)::
    local text(more) = '{' + lines.fields(here.upstreamBase + more) + ', "name": "';
    local spread = { common_lb_config: { locality_weighted_lb_config: {} } };
    local bases = {
      alone: { h1: text({}), h2: text(here.http2Upstream) },
      spread: { h1: text(spread), h2: text(spread + here.http2Upstream) },
    };
    lines.list([
      local all = places(stop);
      local kind = if std.length(all) > 1 then bases.spread else bases.alone;
      (if stop.http2 then kind.h2 else kind.h1) + stop.name
      + '", "load_assignment": {"cluster_name": "' + stop.name + '", "endpoints": [' + std.join(', ', all) + ']}}'
      for stop in stops
    ]),

  // Fields of every upstream.
  // Retries are at most a fifth of the calls in flight, and a service that is slow gets no more than its share of the
  // gateway's memory.
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

  // Fields of an upstream that speaks cleartext HTTP/2, also without an Upgrade.
  http2Upstream:: {
    typed_extension_protocol_options: {
      'envoy.extensions.upstreams.http.v3.HttpProtocolOptions': {
        '@type': 'type.googleapis.com/envoy.extensions.upstreams.http.v3.HttpProtocolOptions',
        explicit_http_config: { http2_protocol_options: {} },
      },
    },
  },
}
