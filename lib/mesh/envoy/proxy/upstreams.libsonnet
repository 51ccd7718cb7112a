// Upstreams: where the gateway sends calls to. (Envoy names them clusters.) There are thousands of stops, so the
// gateways of other clusters are upstreams of their own, which all stops share.
//
// | upstream | is |
// | --- | --- |
// | `s/<stop>` | a service on this cluster |
// | `k/<stop>` | the same, then the gateways of the other clusters where it runs: one for each try |
// | `gw/<cluster>` | the gateway of another cluster, and this one while that is gone |
// | `next-<n>` | the table after number n, for readiness |
local text = import 'text.libsonnet';

function(lib) {
  local here = self,

  // The file of upstreams for some stops. `offset` is the distance of the other gateways' ports from the first shard's.
  upstreams(ctx, settings, stops, offset)::
    local nearby = [stop for stop in stops if lib.roads.localEndpoints(stop) != []];
    local chains = [stop for stop in nearby if here.elsewhere(stop) != []];
    text.file(
      ['{"@type": &cluster "' + here.clusterType + '", metadata: ' + text.anchors(here.upstreamAnchors) + ', '
       + text.fields(here.nextTable(settings, 0)) + '}']
      + [
        '{"@type": *cluster, ' + text.fields(here.nextTable(settings, number)) + '}'
        for number in here.tableNumbers(settings)[1:]
      ]
      + ['{"@type": *cluster, ' + here.gatewayText(ctx, settings, other, offset) + '}' for other in here.others(stops)]
      + [here.serviceText(stop) for stop in nearby]
      + [here.chainText(chains[i], i) for i in std.range(0, std.length(chains) - 1)]
    ),

  // The type of an upstream in Envoy's words.
  clusterType:: 'type.googleapis.com/envoy.config.cluster.v3.Cluster',

  // The upstream by which a call to a stop on this cluster begins.
  firstName(stop):: (if here.elsewhere(stop) == [] then 's/' else 'k/') + stop.name,

  // The endpoints of a stop on other clusters, those that take calls first.
  // Three at most, since a call is tried four times.
  elsewhere(stop)::
    local others = [e for e in stop.endpoints if !e['local']];
    ([e for e in others if e.weight > 0] + [e for e in others if e.weight == 0])[:3],

  // The other clusters where stops run, with the addresses of their gateways, by name.
  others(stops)::
    std.set([e for stop in stops for e in stop.endpoints if !e['local']], function(endpoint) endpoint.cluster),

  // The upstream of a stop on this cluster as text: its Service.
  serviceText(stop)::
    '{"@type": *cluster, name: "s/' + stop.name + '", connect_timeout: "0.25s", cluster_type: *dns, load_assignment: '
    + '{cluster_name: "s", endpoints: [{lb_endpoints: [{endpoint: {address: {socket_address: {address: "' + stop.address
    + '", port_value: ' + stop.port + '}}}}]}]}, common_lb_config: *nopanic, circuit_breakers: *limits, '
    + 'outlier_detection: *errors, typed_extension_protocol_options: *'
    + (if stop.http2 then 'http2' else 'http') + '}',

  // The chain of a stop on this cluster as text, number `i` of them.
  // The service is in it twice: a try that comes back from another cluster counts, and finds it as the second.
  chainText(stop, i)::
    local others = ['{name: "gw/' + e.cluster + '"}' for e in here.elsewhere(stop)];
    '{"@type": *cluster, name: "k/' + stop.name + '", lb_policy: "CLUSTER_PROVIDED", circuit_breakers: *limits, '
    + 'cluster_type: {name: "k", typed_config: {"@type": *chain, clusters: [&k' + i + ' {name: "s/' + stop.name
    + '"}, *k' + i + ', ' + std.join(', ', others) + ']}}}',

  // The upstream of another cluster's gateway as text; behind it, while that is gone, the listener inside the pod.
  gatewayText(ctx, settings, other, offset)::
    local place(address, port, more) = {
      lb_endpoints: [{ endpoint: { address: here.socketAddress(address, port) } } + more],
    };
    local tls = { metadata: { filter_metadata: { 'envoy.transport_socket_match': { tls: true } } } };
    text.fields({
      name: 'gw/' + other.cluster,
      connect_timeout: '0.25s',
      load_assignment: {
        cluster_name: 'gw/' + other.cluster,
        endpoints: [
          place(other.address, other.port + offset, tls),
          place('127.0.0.1', settings.ownPort, {}) + { priority: 1 },
        ],
      },
      transport_socket_matches: [
        { name: 'gateway', match: { tls: true }, transport_socket: here.calls(ctx, other.cluster, other.address) },
        {
          name: 'own',
          match: {},
          transport_socket: {
            name: 'envoy.transport_sockets.raw_buffer',
            typed_config: {
              '@type': 'type.googleapis.com/envoy.extensions.transport_sockets.raw_buffer.v3.RawBuffer',
            },
          },
        },
      ],
      typed_extension_protocol_options: here.upstreamOptions({
        common_http_protocol_options: { max_connection_duration: '60s', max_headers_count: 1000 },
        explicit_http_config: { http2_protocol_options: { allow_connect: true } },
      }),
    })
    + ', cluster_type: *dns, common_lb_config: *nopanic, circuit_breakers: *limits, outlier_detection: *connections',

  // The upstream that leads from one table to the next, and from the last to the end.
  nextTable(settings, number)::
    local last = number == settings.tables - 1;
    here.loopback('next-' + number, if last then settings.statusPort else settings.httpPort + number + 1),
}
