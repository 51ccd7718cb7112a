// What thousands of upstreams share: limits, errors that count, and options of connections.
function(lib) {
  local here = self,

  // What upstreams share. A service that is slow gets no more than its share of the gateway's memory.
  upstreamAnchors:: {
    dns: {
      name: 'envoy.cluster.dns',
      // Every name is looked up again and again for every service; the addresses behind them seldom change.
      typed_config: {
        '@type': 'type.googleapis.com/envoy.extensions.clusters.dns.v3.DnsCluster',
        dns_lookup_family: 'V4_PREFERRED',
        dns_refresh_rate: '30s',
      },
    },
    // A place that is left out gets no call while another one is in.
    nopanic: { healthy_panic_threshold: { value: 0 } },
    limits: { thresholds: [{ max_connections: 4096, max_requests: 8192, max_retries: 512 }] },
    // A service that answers 502 to 504, or not at all, five times in a row is left out for some seconds. An app's own
    // 500s do not count, since one caller's bad request would take the app from all others.
    errors: here.leftOut {
      consecutive_gateway_failure: 5,
      enforcing_consecutive_gateway_failure: 100,
    },
    // A bad service must not take the gateway in front of it from all others: only connections count.
    connections: here.leftOut {
      split_external_local_origin_errors: true,
      consecutive_local_origin_failure: 3,
      enforcing_consecutive_local_origin_failure: 100,
      enforcing_local_origin_success_rate: 0,
      enforcing_consecutive_gateway_failure: 0,
    },
    http: here.toApps({ explicit_http_config: { http_protocol_options: {} } }),
    // Cleartext HTTP/2, also without an Upgrade.
    http2: here.toApps({ explicit_http_config: { http2_protocol_options: {} } }),
    chain: '"type.googleapis.com/envoy.extensions.clusters.composite.v3.ClusterConfig"',
  },

  // For how long a place is left out after errors in a row.
  leftOut:: {
    enforcing_consecutive_5xx: 0,
    enforcing_success_rate: 0,
    interval: '1s',
    base_ejection_time: '3s',
    max_ejection_time: '10s',
    max_ejection_percent: 100,
  },

  // Protocol options of connections to apps.
  // They end after a while, because a ClusterIP name leads each to one pod, and new pods would get no share; and before
  // apps close idle ones, some after two seconds. What only gateways say to each other reaches no app, and no app can
  // say it.
  toApps(protocol):: here.upstreamOptions(protocol {
    common_http_protocol_options: { idle_timeout: '1.5s', max_connection_duration: '10s', max_headers_count: 1000 },
    http_filters: [
      {
        name: 'envoy.filters.http.header_mutation',
        typed_config: {
          '@type': 'type.googleapis.com/envoy.extensions.filters.http.header_mutation.v3.HeaderMutation',
          mutations: {
            request_mutations: [{ remove: here.stopHeader }],
            response_mutations: [{ remove: here.unreachedHeader }],
          },
        },
      },
      {
        name: 'envoy.filters.http.upstream_codec',
        typed_config: {
          '@type': 'type.googleapis.com/envoy.extensions.filters.http.upstream_codec.v3.UpstreamCodec',
        },
      },
    ],
  }),

  // Protocol options of an upstream.
  upstreamOptions(options):: {
    'envoy.extensions.upstreams.http.v3.HttpProtocolOptions': {
      '@type': 'type.googleapis.com/envoy.extensions.upstreams.http.v3.HttpProtocolOptions',
    } + options,
  },
}
