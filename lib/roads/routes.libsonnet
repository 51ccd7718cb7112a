// Virtual hosts: which request goes to which upstream. The Host header decides, port included, since every port of
// every service leads to one listener.
{
  local lib = self,

  // A route table: one virtual host for each port of each service, and 421 for a host that nobody registered.
  routeTable(services, upstream, extra):: {
    '@type': 'type.googleapis.com/envoy.config.route.v3.RouteConfiguration',
    name: 'intra-dc',
    virtual_hosts: [
      lib.virtualHost(service, port, port == service.ports[0], upstream(service, port), extra)
      for service in services
      for port in service.ports
    ] + [lib.unknownHost],
  },

  // The virtual host of one port. Clients that leave the port out of the Host header mean the first one.
  virtualHost(service, port, first, upstream, extra):: {
    name: lib.upstreamName(service, port),
    domains: [host + ':' + port.port for host in service.hosts] + (if first then service.hosts else []),
    routes: [{
      match: { prefix: '/' },
      route: { cluster: upstream, timeout: lib.routeTimeout(service, port) },
    }],
  } + extra,

  // The time for a whole answer. The road's; else 15 s, and none for HTTP/2, where streams may live long.
  routeTimeout(service, port)::
    if 'timeout' in service then lib.envoyDuration(service.timeout)
    else if lib.speaksHttp2(port) then '0s' else '15s',

  // One more try, on another cluster, of what never reached an app: the connection or stream was refused, or the other
  // gateway no longer has the service (421). Nothing is sent twice to an app.
  onceMore:: {
    retry_policy: {
      retry_on: 'connect-failure,refused-stream,reset-before-request,retriable-status-codes',
      retriable_status_codes: [421],
      num_retries: 1,
      host_selection_retry_max_attempts: 3,
      retry_host_predicate: [{
        name: 'previous_hosts',
        typed_config: {
          '@type': 'type.googleapis.com/envoy.extensions.retry.host.previous_hosts.v3.PreviousHostsPredicate',
        },
      }],
    },
  },

  // A host that is not in the table is refused, never forwarded.
  unknownHost:: {
    name: 'unknown-host',
    domains: ['*'],
    routes: [{
      match: { prefix: '/' },
      direct_response: { status: 421, body: { inline_string: 'no such service on this road\n' } },
    }],
  },
}
