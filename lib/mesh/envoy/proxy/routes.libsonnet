// Virtual hosts: the upstream of each call. The Host header decides, port included, since every port of every service
// leads to one listener.
local lines = import 'lines.libsonnet';

function(lib) {
  local here = self,

  // The files of routes and upstreams for some stops, by the end of their ConfigMap's name.
  // A peer gateway (`peer`) carries stops that run on this cluster, to this cluster; `offset` is the distance of its
  // port from the first shard's.
  files(stops, peer, offset)::
    local roads = lib.roads;
    local carried = if peer then [stop for stop in stops if roads.localEndpoints(stop) != []] else stops;
    local places(stop) = if peer then here.localPlaces(stop) else here.openPlaces(stop, offset);
    {
      clusters: { 'clusters.json': '{"resources": ' + here.upstreams(carried, places) + '}\n' },
      routes: {
        'routes.json': '{"resources": [{' + here.routeTable(carried, if peer then {} else here.onceMore) + '}]}\n',
      },
    },

  // The route table as text: a virtual host for each stop, named as its upstream, with `extra` in each.
  // A host that nobody registered gets 421.
  routeTable(stops, extra)::
    local more = if extra == {} then '' else ', ' + lines.fields(extra);
    lines.fields(here.routeSettings) + ', "virtual_hosts": ' + lines.list([
      '{"name": "' + stop.name + '", "domains": ["' + std.join('", "', stop.domains)
      + '"], "routes": [{"match": {"prefix": "/"}, "route": {"cluster": "' + stop.name
      + '", "timeout": "' + here.timeout(stop) + '"}}]' + more + '}'
      for stop in stops
    ] + ['' + here.unknownHost]),

  // The time for a complete answer: the road's; else 15 s, and none for HTTP/2, where streams may live long.
  timeout(stop)::
    if stop.timeout != null then here.duration(stop.timeout) else if stop.http2 then '0s' else '15s',

  // Type and name of the route table.
  routeSettings:: {
    '@type': 'type.googleapis.com/envoy.config.route.v3.RouteConfiguration',
    name: 'intra-dc',
  },

  // One retry, on another cluster, of a call that never reached an app.
  // The connection or stream was refused, or the other gateway no longer has the service (421). No app gets a call
  // twice.
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

  // The virtual host of hosts that are not in the table: rejected, never forwarded.
  unknownHost:: {
    name: 'unknown-host',
    domains: ['*'],
    routes: [{
      match: { prefix: '/' },
      direct_response: { status: 421, body: { inline_string: 'no such service on this road\n' } },
    }],
  },
}
