// Listeners of Envoy.
//
// | listener | takes calls of | leads to |
// | --- | --- | --- |
// | `roads-<n>` | pods of the cluster | a service here, or the gateway of another cluster, by one table of routes |
// | `peer` | gateways of the data center's other clusters | services here alone |
// | `own` | this Envoy, where the gateway of another cluster is gone | services here alone |
// | `status` | kubelet, collectors, load balancers | readiness and metrics |
function(lib) {
  local here = self,

  // The header in which a gateway names the upstream at the end of the road.
  stopHeader:: 'x-sixfold-stop',

  // The header of an answer to a call that never reached an app.
  unreachedHeader:: 'x-sixfold-unreached',

  // The listener for the calls of one table: HTTP/1.1 and cleartext HTTP/2 on one port.
  roadListener(settings, number, every):: {
    name: 'roads-' + number,
    address: here.socketAddress(every, settings.httpPort + number),
    per_connection_buffer_limit_bytes: 32768,
    filter_chains: [{
      filters: [here.connectionManager(here.forCalls {
        stat_prefix: 'roads',
        rds: {
          route_config_name: here.tableName(number),
          config_source: here.watchedFile(here.tableName(number) + '.yaml'),
        },
        early_header_mutation_extensions: [here.withoutOurs],
        // Callers are pods. None may steer Envoy by x-envoy-* headers, so no address counts as internal; an empty list
        // would mean all private ones. Traces go through.
        use_remote_address: true,
        [if settings.trustedHops > 0 then 'xff_num_trusted_hops']: settings.trustedHops,
        preserve_external_request_id: true,
        // A client's TLS upgrade is an offer: it is answered without. Old clients, complete names with a dot at the
        // end, and many headers are all right.
        http_protocol_options: { accept_http_10: true, ignore_http_11_upgrade: [{ prefix: 'TLS/' }] },
        strip_trailing_host_dot: true,
        // Reconnecting every minute lets a pod that goes lose its callers before it goes, and gives new pods a share.
        common_http_protocol_options+: { max_connection_duration: '60s' },
      })],
    }],
  },

  // The listener for the gateways of other clusters. It never forwards a call to another one.
  peerListener(ctx, settings, every):: {
    name: 'peer',
    address: here.socketAddress(every, settings.peerPort),
    per_connection_buffer_limit_bytes: 32768,
    filter_chains: [{
      transport_socket: here.takesCalls(ctx),
      filters: [here.lastManager('peer')],
    }],
  },

  // The same inside the pod, for calls to a cluster whose gateway is gone.
  ownListener(settings):: {
    name: 'own',
    address: here.socketAddress('127.0.0.1', settings.ownPort),
    per_connection_buffer_limit_bytes: 32768,
    filter_chains: [{ filters: [here.lastManager('own')] }],
  },

  // The connection manager of calls that end on this cluster: the header names the upstream.
  lastManager(name)::
    local route(more, retries) = {
      match: {
        prefix: '/',
        headers: [{ name: here.stopHeader, string_match: { prefix: 's/' } }] + more,
      },
      route: { cluster_header: here.stopHeader, timeout: '0s', retry_policy: retries },
    };
    here.connectionManager(here.forCalls {
      stat_prefix: name,
      route_config: {
        name: name,
        virtual_hosts: [{
          name: name,
          domains: ['*'],
          routes: [
            route([here.repeatable], here.onceMore { retry_on+: ',reset' }),
            route([], here.onceMore),
            { match: { prefix: '/' }, direct_response: here.misdirected },
          ],
        }],
      },
      // The gateway in front has set the caller's address.
      use_remote_address: false,
      skip_xff_append: true,
      forward_client_cert_details: 'SANITIZE',
      http2_protocol_options+: { allow_connect: true },
      // What never reached an app says so, and the gateway in front tries another cluster.
      local_reply_config: {
        mappers: [{
          filter: { response_flag_filter: { flags: ['UH', 'UF', 'UO', 'NC', 'NR'] } },
          headers_to_add: [{
            header: { key: here.unreachedHeader, value: '%RESPONSE_FLAGS%' },
            append_action: 'OVERWRITE_IF_EXISTS_OR_ADD',
          }],
        }],
      },
    }),

  // The address of listeners that others reach: with IPv6 in the fleet's networks every one, else every one of IPv4.
  everyAddress(platform)::
    if std.any([std.member(cidr, ':') for cidr in platform.privateNetworks]) then '::' else '0.0.0.0',

  // A match for the methods that may be sent twice.
  repeatable:: { name: ':method', string_match: { safe_regex: { regex: 'GET|HEAD|OPTIONS' } } },

  // The answer to a call that no road leads to.
  misdirected:: { status: 421, body: { inline_string: 'no such service on this road\n' } },
}
