// Virtual hosts: which request goes to which upstream. The Host header decides, port included, since every port of
// every service leads to one listener.
local lines = import '../gateway/lines.libsonnet';

{
  local lib = self,

  // The route table as text: a virtual host for each stop, named as its upstream, with `extra` in each; and 421 for a
  // host that nobody registered.
  routeTable(stops, extra)::
    local more = if extra == {} then '' else ', ' + lines.fields(extra);
    lines.fields(lib.routeSettings) + ', "virtual_hosts": ' + lines.list([
      '{"name": "' + stop.name + '", "domains": ["' + std.join('", "', stop.domains)
      + '"], "routes": [{"match": {"prefix": "/"}, "route": {"cluster": "' + stop.name
      + '", "timeout": "' + stop.timeout + '"}}]' + more + '}'
      for stop in stops
    ] + ['' + lib.unknownHost]),

  // What the table is.
  routeSettings:: {
    '@type': 'type.googleapis.com/envoy.config.route.v3.RouteConfiguration',
    name: 'intra-dc',
  },

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
