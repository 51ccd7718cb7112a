// The listener for kubelet, collectors and load balancers.
function(lib) {
  local here = self,

  // The listener for readiness and metrics; nothing else of the admin interface is open.
  // Readiness goes through the file of upstreams and each table, so a pod whose files Envoy refused is not ready.
  statusListener(settings, every):: {
    name: 'status',
    address: here.socketAddress(every, settings.statusPort),
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
              {
                match: here.get('/ready'),
                route: {
                  cluster: 'first-table',
                  host_rewrite_literal: here.readyHost,
                  prefix_rewrite: '/end',
                  timeout: '1s',
                },
              },
              {
                match: here.get('/end') + {
                  headers+: [{ name: ':authority', string_match: { exact: here.readyHost } }],
                },
                route: { cluster: 'admin', prefix_rewrite: '/ready' },
              },
              { match: here.get('/metrics'), route: { cluster: 'admin', prefix_rewrite: '/stats/prometheus' } },
              { match: { prefix: '/' }, direct_response: { status: 404 } },
            ],
          }],
        },
      })],
    }],
  },

  // The host by which readiness goes through the tables; no service has such a name.
  readyHost:: '_ready',

  // A match for a GET of exactly one path.
  get(path):: { path: path, headers: [{ name: ':method', string_match: { exact: 'GET' } }] },
}
