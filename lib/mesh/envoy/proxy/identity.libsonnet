// Who the gateways are to each other: mutual TLS, with one name for each gateway's cluster.
function(lib) {
  local here = self,

  // The folder of the certificate in the container, where kubelet swaps it.
  certificateFolder:: '/etc/envoy/certificate',

  // The name of the gateway of a cluster, and the beginning of those of a data center.
  gatewayName(ctx, cluster)::
    local place = ctx.environment + '/' + ctx.dataCenter.name + '/' + cluster;
    'spiffe://' + ctx.fleet.domains.internal + '/gateway/' + place,

  // The files that lead Envoy to certificate and authorities, as text. It reads both again when they change.
  secretFiles::
    local folder = { path: here.certificateFolder };
    local file(name) = { filename: here.certificateFolder + '/' + name };
    local text(name, content) = '' + {
      resources: [
        {
          '@type': 'type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.Secret',
          name: name,
        } + content,
      ],
    } + '\n';
    {
      'gateway.json': text('gateway', {
        tls_certificate: {
          certificate_chain: file('tls.crt'),
          private_key: file('tls.key'),
          watched_directory: folder,
        },
      }),
      'authorities.json': text('authorities', {
        validation_context: { trusted_ca: file('ca.crt'), watched_directory: folder },
      }),
    },

  // What both ends of a connection share: TLS 1.3, the certificate, and the names that the other end may have.
  // An upstream's highest version is 1.2 unless it is set.
  tlsContext(names):: {
    tls_params: { tls_minimum_protocol_version: 'TLSv1_3', tls_maximum_protocol_version: 'TLSv1_3' },
    alpn_protocols: ['h2'],
    tls_certificate_sds_secret_configs: [here.secret('gateway')],
    combined_validation_context: {
      default_validation_context: { match_typed_subject_alt_names: [{ san_type: 'URI', matcher: names }] },
      validation_context_sds_secret_config: here.secret('authorities'),
    },
  },

  // A secret from its file.
  secret(name):: {
    name: name,
    sds_config: {
      resource_api_version: 'V3',
      path_config_source: { path: here.bootstrapFolder + '/' + name + '.json' },
    },
  },

  // The end that takes calls: any gateway of the data center may call.
  takesCalls(ctx):: {
    name: 'envoy.transport_sockets.tls',
    typed_config: {
      '@type': 'type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.DownstreamTlsContext',
      require_client_certificate: true,
      common_tls_context: here.tlsContext({ prefix: here.gatewayName(ctx, '') }),
    },
  },

  // The end that calls: only the gateway of one cluster may answer.
  calls(ctx, cluster, address):: {
    name: 'envoy.transport_sockets.tls',
    typed_config: {
      '@type': 'type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext',
      sni: address,
      common_tls_context: here.tlsContext({ exact: here.gatewayName(ctx, cluster) }),
    },
  },
}
