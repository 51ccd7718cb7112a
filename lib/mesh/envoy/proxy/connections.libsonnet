// What the listeners share: connections, their options, and the log.
function(lib) {
  local here = self,

  // Options of every listener that takes calls.
  forCalls:: {
    access_log: [here.accessLog],
    upgrade_configs: [{ upgrade_type: 'websocket' }],
    common_http_protocol_options: { idle_timeout: '300s', max_headers_count: 1000 },
    http2_protocol_options: {
      max_concurrent_streams: 256,
      initial_stream_window_size: 65536,
      initial_connection_window_size: 1048576,
    },
    request_headers_timeout: '10s',
    internal_address_config: { cidr_ranges: [{ address_prefix: '255.255.255.255', prefix_len: 32 }] },
    server_header_transformation: 'PASS_THROUGH',
  },

  // Removes the platform's headers from what a caller sends.
  withoutOurs:: {
    name: 'envoy.http.early_header_mutation.header_mutation',
    typed_config: {
      '@type': 'type.googleapis.com/envoy.extensions.http.early_header_mutation.header_mutation.v3.HeaderMutation',
      mutations: [{ remove_on_match: { key_matcher: { prefix: 'x-sixfold-' } } }],
    },
  },

  // An HTTP connection manager with a router at the end.
  connectionManager(options):: {
    name: 'envoy.filters.network.http_connection_manager',
    typed_config: {
      '@type': 'type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager',
      http_filters: [{
        name: 'envoy.filters.http.router',
        typed_config: { '@type': 'type.googleapis.com/envoy.extensions.filters.http.router.v3.Router' },
      }],
    } + options,
  },

  // An address to listen on or to connect to.
  socketAddress(address, port):: {
    socket_address: {
      address: address,
      port_value: port,
      [if address == '::' then 'ipv4_compat']: true,
    },
  },

  // The access log: one JSON line for each call that failed or was rejected.
  // Successes are counted in metrics, not logged.
  accessLog:: {
    name: 'envoy.access_loggers.stdout',
    filter: {
      or_filter: {
        filters: [
          { status_code_filter: { comparison: { op: op, value: { default_value: code, runtime_key: 'log.' + op } } } }
          for op in ['GE', 'EQ']
          for code in [if op == 'GE' then 500 else 421]
        ],
      },
    },
    typed_config: {
      '@type': 'type.googleapis.com/envoy.extensions.access_loggers.stream.v3.StdoutAccessLog',
      log_format: {
        json_format: {
          time: '%START_TIME%',
          host: '%REQ(:AUTHORITY)%',
          method: '%REQ(:METHOD)%',
          status: '%RESPONSE_CODE%',
          details: '%RESPONSE_CODE_DETAILS%',
          flags: '%RESPONSE_FLAGS%',
          duration: '%DURATION%',
          attempts: '%UPSTREAM_REQUEST_ATTEMPT_COUNT%',
          upstream: '%UPSTREAM_CLUSTER%',
          address: '%UPSTREAM_HOST%',
          caller: '%DOWNSTREAM_REMOTE_ADDRESS_WITHOUT_PORT%',
          requestId: '%REQ(X-REQUEST-ID)%',
        },
      },
    },
  },
}
