// The bootstrap of Envoy: listeners, limits, and the files of routes and upstreams.
function(lib) {
  local here = self,

  // The bootstrap of every gateway pod of a cluster.
  // It depends on the platform's choices alone, not on any service.
  bootstrap(ctx, settings):: {
    node: {
      locality: { region: ctx.dataCenter.region, zone: ctx.dataCenter.name, sub_zone: ctx.cluster.name },
    },
    admin: { address: here.socketAddress('127.0.0.1', settings.adminPort) },
    dynamic_resources: { cds_config: here.watchedFile('upstreams.yaml') },
    static_resources: {
      local every = here.everyAddress(ctx.fleet.platform),
      listeners: [here.roadListener(settings, number, every) for number in here.tableNumbers(settings)]
                 + [here.ownListener(settings), here.statusListener(settings, every)]
                 + (if lib.gateway.hasPeers(ctx) then [here.peerListener(ctx, settings, every)] else []),
      clusters: [
        here.loopback('admin', settings.adminPort),
        here.loopback('first-table', settings.httpPort),
      ],
    },
    overload_manager: here.overload(here.bytes(settings.memory)),
    stats_config: { stats_matcher: { inclusion_list: { patterns: here.keptStats } } },
  },

  // The bootstrap as text, one field a line.
  bootstrapText(ctx, settings)::
    local bootstrap = here.bootstrap(ctx, settings);
    local fields = ['"' + key + '": ' + bootstrap[key] for key in std.objectFields(bootstrap)];
    '{\n' + std.join(',\n', fields) + '\n}\n',

  // A file that Envoy reads again when kubelet swaps the folder.
  // New services and moved apps need no new pods.
  watchedFile(name):: {
    resource_api_version: 'V3',
    path_config_source: {
      path: here.configFolder + '/' + name,
      watched_directory: { path: here.configFolder },
    },
  },

  // Limits at which Envoy rejects requests, before the kernel kills the process for want of memory.
  overload(limit):: {
    refresh_interval: '0.25s',
    resource_monitors: [
      {
        name: 'envoy.resource_monitors.fixed_heap',
        typed_config: {
          '@type': 'type.googleapis.com/envoy.extensions.resource_monitors.fixed_heap.v3.FixedHeapConfig',
          max_heap_size_bytes: std.floor(limit * 0.9),
        },
      },
      {
        name: 'envoy.resource_monitors.global_downstream_max_connections',
        typed_config: {
          '@type':
            'type.googleapis.com/envoy.extensions.resource_monitors.downstream_connections.v3.DownstreamConnectionsConfig',
          max_active_downstream_connections: 50000,
        },
      },
    ],
    // Fractions are text, which Envoy reads too: engines print their digits differently, and the digest is over them.
    actions: [
      {
        name: 'envoy.overload_actions.' + action.name,
        triggers: [{ name: 'envoy.resource_monitors.fixed_heap', threshold: { value: action.at } }],
      }
      for action in [{ name: 'shrink_heap', at: '0.9' }, { name: 'stop_accepting_requests', at: '0.95' }]
    ],
  },

  // Statistics that Envoy keeps: those that alerts and dashboards read.
  // Thousands of upstreams have a hundred each.
  keptStats:: [{ prefix: prefix } for prefix in ['http.', 'listener.', 'overload.', 'server.', 'cluster_manager.']] + [
    { suffix: suffix }
    for suffix in [
      '.membership_healthy',
      '.membership_total',
      '.ssl.connection_error',
      '.ssl.fail_verify_error',
      '.ssl.fail_verify_san',
      '.outlier_detection.ejections_active',
      '.update_rejected',
      '.upstream_cx_active',
      '.upstream_cx_connect_fail',
      '.upstream_rq_pending_overflow',
      '.upstream_rq_retry',
      '.upstream_rq_time',
      '.upstream_rq_timeout',
      '.upstream_rq_total',
    ]
  ] + [{ safe_regex: { regex: 'cluster\\..*\\.upstream_rq_[2-5]xx' } }],

  // An upstream inside the pod.
  loopback(name, port):: {
    name: name,
    type: 'STATIC',
    connect_timeout: '1s',
    load_assignment: {
      cluster_name: name,
      endpoints: [{ lb_endpoints: [{ endpoint: { address: here.socketAddress('127.0.0.1', port) } }] }],
    },
  },
}
