// Upstreams: where the gateway sends the requests of one port of one service. (Envoy calls them clusters.)
// There are thousands, so what all share is set once, as runtime values of the bootstrap.
{
  local lib = self,

  // The name of the upstream, and of its virtual host.
  upstreamName(service, port):: service.namespace + '/' + service.name + '/' + port.name,

  // The upstream of a port over `endpoints`: one locality for each Kubernetes cluster, so that a weight counts for the
  // cluster, however many addresses its name has.
  upstream(service, port, endpoints, domain)::
    local name = lib.upstreamName(service, port);
    {
      '@type': 'type.googleapis.com/envoy.config.cluster.v3.Cluster',
      name: name,
      type: 'STRICT_DNS',
      dns_lookup_family: 'V4_PREFERRED',
      dns_refresh_rate: '30s',
      connect_timeout: '1s',
      circuit_breakers: lib.circuitBreakers,
      outlier_detection: {},
      [if std.length(endpoints) > 1 then 'common_lb_config']: { locality_weighted_lb_config: {} },
      [if lib.speaksHttp2(port) then 'typed_extension_protocol_options']: lib.http2Upstream,
      load_assignment: {
        cluster_name: name,
        endpoints: [
          {
            locality: { sub_zone: endpoint.cluster },
            load_balancing_weight: endpoint.weight,
            lb_endpoints: [{
              endpoint: { address: { socket_address: lib.endpointAddress(service, port, endpoint, domain) } },
            }],
          }
          for endpoint in endpoints
        ],
      },
    },

  // The service itself on this cluster, the other cluster's gateway elsewhere.
  endpointAddress(service, port, endpoint, domain)::
    if endpoint['local'] then {
      address: service.name + '.' + service.namespace + '.svc.' + domain,
      port_value: port.port,
    } else {
      address: endpoint.address,
      port_value: endpoint.port,
    },

  // A service that is slow must not take the gateway's memory; retries are at most a fifth of the requests.
  circuitBreakers:: { thresholds: [{ max_connections: 4096, max_requests: 8192, retry_budget: {} }] },

  // Cleartext HTTP/2, also without an Upgrade.
  http2Upstream:: {
    'envoy.extensions.upstreams.http.v3.HttpProtocolOptions': {
      '@type': 'type.googleapis.com/envoy.extensions.upstreams.http.v3.HttpProtocolOptions',
      explicit_http_config: { http2_protocol_options: {} },
    },
  },

  // Whether a port speaks HTTP/2. Only HTTP of some kind goes through a gateway.
  speaksHttp2(port)::
    lib.choice('ports.' + port.name + '.appProtocol', std.get(port, 'appProtocol', 'http'), {
      http: false,
      http2: true,
      grpc: true,
    }),
}
