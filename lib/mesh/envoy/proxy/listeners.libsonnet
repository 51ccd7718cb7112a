// Listeners of Envoy.
function(lib) {
  local here = self,

  // The listener for calls: HTTP/1.1 and cleartext HTTP/2 on one port.
  roadListener(settings):: {
    name: 'http',
    address: here.socketAddress('0.0.0.0', settings.httpPort),
    per_connection_buffer_limit_bytes: 32768,
    filter_chains: [{
      filters: [here.connectionManager({
        stat_prefix: 'roads',
        rds: { route_config_name: 'intra-dc', config_source: here.watchedFile('routes.json') },
        access_log: [here.accessLog],
        upgrade_configs: [{ upgrade_type: 'websocket' }],
        // Reconnecting every minute lets a pod that goes lose its callers before it goes, and gives new pods a share.
        common_http_protocol_options: { idle_timeout: '300s', max_connection_duration: '60s' },
        http2_protocol_options: {
          max_concurrent_streams: 256,
          initial_stream_window_size: 65536,
          initial_connection_window_size: 1048576,
        },
        request_headers_timeout: '10s',
        // Callers are pods and other gateways. None may steer Envoy by x-envoy-* headers, so no address counts as
        // internal; an empty list would mean all private ones. Traces go through.
        use_remote_address: true,
        internal_address_config: { cidr_ranges: [{ address_prefix: '255.255.255.255', prefix_len: 32 }] },
        preserve_external_request_id: true,
        server_header_transformation: 'PASS_THROUGH',
      })],
    }],
  },

  // The listener for readiness and metrics; nothing else of the admin interface is open.
  statusListener(settings):: {
    name: 'status',
    address: here.socketAddress('0.0.0.0', settings.statusPort),
    ignore_global_conn_limit: true,
    bypass_overload_manager: true,
    filter_chains: [{
      filters: [here.connectionManager({
        stat_prefix: 'status',
        route_config: {
          name: 'status',
          virtual_hosts: [{
            name: 'status',
            domains: ['*'],
            routes: [
              { match: here.get('/livez'), direct_response: { status: 200, body: { inline_string: 'ok\n' } } },
              { match: here.get('/ready'), route: { cluster: 'admin' } },
              { match: here.get('/metrics'), route: { cluster: 'admin', prefix_rewrite: '/stats/prometheus' } },
              { match: { prefix: '/' }, direct_response: { status: 404 } },
            ],
          }],
        },
      })],
    }],
  },

  // A match for a GET of exactly one path.
  get(path):: { path: path, headers: [{ name: ':method', string_match: { exact: 'GET' } }] },

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

  // An address to listen on or to connect to.
  socketAddress(address, port):: { socket_address: { address: address, port_value: port } },
}
