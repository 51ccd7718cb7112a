// Tables of routes: the upstreams of each call. The Host header decides, port included, since every port of every
// service leads to one listener. Envoy refuses a table as a whole, so teams are divided over several.
local text = import 'text.libsonnet';

function(lib) {
  local here = self,

  // The numbers of the tables of a gateway.
  tableNumbers(settings):: std.range(0, settings.tables - 1),

  // The name of a table, and of its file.
  tableName(number):: 'routes-' + number,

  // The table of a team, by its name alone: it stays when others come and go.
  tableOf(team, tables):: if tables == 1 then 0 else std.parseHex(std.substr(std.md5(team), 0, 6)) % tables,

  // The files of the tables for some stops, by the end of their ConfigMap's name.
  tables(stops, settings)::
    local numbers = [here.tableOf(stop.team, settings.tables) for stop in stops];
    {
      [here.tableName(number)]: {
        [here.tableName(number) + '.yaml']: here.table(
          number, [stops[i] for i in std.range(0, std.length(stops) - 1) if numbers[i] == number]
        ),
      }
      for number in here.tableNumbers(settings)
    },

  // One table as text. A host that nobody registered gets 421.
  table(number, stops)::
    local hosts = [here.hostText(stops[i], i) for i in std.range(0, std.length(stops) - 1)]
                  + [here.readyText(number), '' + here.unknownHost];
    text.file(['{' + text.fields(here.tableSettings(number)) + ', metadata: ' + text.anchors(here.tableAnchors)
               + ', virtual_hosts: ' + text.list(hosts) + '}']),

  // Fields of every table. The header leads to the stop on whatever cluster the call gets to.
  tableSettings(number):: {
    '@type': 'type.googleapis.com/envoy.config.route.v3.RouteConfiguration',
    name: here.tableName(number),
    request_headers_to_add: [{
      header: { key: here.stopHeader, value: 's/%ROUTE_NAME%' },
      append_action: 'OVERWRITE_IF_EXISTS_OR_ADD',
    }],
    response_headers_to_remove: [here.unreachedHeader],
  },

  // What the hosts of a table share.
  tableAnchors:: {
    any: { prefix: '/' },
    repeatable: { prefix: '/', headers: [here.repeatable] },
    // One more reason to try again, which the router reads from the request.
    reset: [{ header: { key: 'x-envoy-retry-on', value: 'reset' }, append_action: 'OVERWRITE_IF_EXISTS_OR_ADD' }],
    retries: here.onceMore {
      num_retries: 3,
      refresh_cluster_on_retry: true,
      retry_host_predicate: [{
        name: 'envoy.retry_host_predicates.previous_hosts',
        typed_config: {
          '@type': 'type.googleapis.com/envoy.extensions.retry.host.previous_hosts.v3.PreviousHostsPredicate',
        },
      }],
    },
  },

  // A call that never reached an app is tried again.
  // The connection or stream was refused, or the other gateway says so. No app gets a call twice, but those that may be
  // repeated.
  onceMore:: {
    retry_on: 'connect-failure,refused-stream,reset-before-request,retriable-headers',
    retriable_headers: [{ name: here.unreachedHeader, present_match: true }],
    num_retries: 1,
    retry_back_off: { base_interval: '0.005s', max_interval: '0.025s' },
  },

  // The virtual host of stop number `i` as text. Both routes have its name, of which the header is made.
  hostText(stop, i)::
    local name = '{name: "' + stop.name + '", ';
    name + 'domains: ["' + std.join('", "', stop.domains) + '"], retry_policy: *retries, routes: [\n  '
    + name + 'match: *repeatable, request_headers_to_add: *reset, route: &r' + i + ' {timeout: "'
    + here.timeout(stop) + '", ' + here.waysText(stop) + '}},\n  ' + name + 'match: *any, route: *r' + i + '}]}',

  // The upstreams of a stop with their weights, as text.
  waysText(stop)::
    local open = lib.roads.openEndpoints(stop);
    local name(endpoint) = if endpoint['local'] then here.firstName(stop) else 'gw/' + endpoint.cluster;
    if std.length(open) == 1 then 'cluster: "' + name(open[0]) + '"'
    else
      'weighted_clusters: {clusters: [' + std.join(', ', [
        '{name: "' + name(endpoint) + '", weight: ' + std.max(endpoint.weight, 1) + '}'
        for endpoint in open
      ]) + ']}',

  // The time for a complete answer: the road's; else 15 s, and none for HTTP/2, where streams may live long.
  timeout(stop)::
    if stop.timeout != null then here.duration(stop.timeout) else if stop.http2 then '0s' else '15s',

  // The virtual host through which readiness leads to the next table, as text.
  // One path alone: pods can call it too.
  readyText(number)::
    '{name: "ready", domains: ["' + here.readyHost + '"], '
    + 'routes: [{match: {path: "/end"}, route: {cluster: "next-' + number + '"}}]}',

  // The virtual host of hosts that are not in the table: rejected, never forwarded.
  unknownHost:: {
    name: 'unknown-host',
    domains: ['*'],
    routes: [{ match: { prefix: '/' }, direct_response: here.misdirected }],
  },
}
