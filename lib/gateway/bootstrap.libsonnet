// What Envoy starts with: listeners, limits, and where it finds routes and upstreams.
{
  local lib = self,

  // The bootstrap of every gateway pod of a cluster. It depends on the platform's choices alone, not on any service.
  bootstrap(ctx)::
    local platform = ctx.fleet.platform;
    {
      node: {
        locality: { region: ctx.dataCenter.region, zone: ctx.dataCenter.name, sub_zone: ctx.cluster.name },
      },
      admin: { address: lib.socketAddress('127.0.0.1', platform.gateway.adminPort) },
      dynamic_resources: { cds_config: lib.watchedFile('clusters.json') },
      static_resources: {
        listeners: [lib.roadListener(platform), lib.statusListener(platform)],
        clusters: [lib.adminUpstream(platform)],
      },
      layered_runtime: { layers: [{ name: 'sixfold', static_layer: lib.runtime }] },
      overload_manager: lib.overload(lib.bytes(platform.gateway.memory)),
      stats_config: { stats_matcher: { inclusion_list: { patterns: lib.keptStats } } },
    },

  // A file that Envoy reads again when kubelet swaps the folder: new services and moved apps need no new pods.
  watchedFile(name):: {
    resource_api_version: 'V3',
    path_config_source: {
      path: lib.configFolder + '/' + name,
      watched_directory: { path: lib.configFolder },
    },
  },

  // Settings that all upstreams share. What answers 502 to 504, or not at all, five times in a row is left out for a
  // while; an app's own 500s never count, since one caller's bad request would take the app from all others. As long
  // as one place is healthy only healthy ones are used; when none is, all are tried.
  runtime:: {
    'outlier_detection.base_ejection_time_ms': 15000,
    'outlier_detection.consecutive_gateway_failure': 5,
    'outlier_detection.enforcing_consecutive_5xx': 0,
    'outlier_detection.enforcing_consecutive_gateway_failure': 100,
    'outlier_detection.enforcing_success_rate': 0,
    'outlier_detection.interval_ms': 5000,
    'outlier_detection.max_ejection_percent': 100,
    'upstream.healthy_panic_threshold': 1,
  },

  // Refuse requests before the kernel ends the process for want of memory.
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

  // Thousands of upstreams have a hundred figures each; these are the ones that alerts and dashboards read.
  keptStats:: [{ prefix: prefix } for prefix in ['http.', 'listener.', 'overload.', 'server.', 'cluster_manager.']] + [
    { suffix: suffix }
    for suffix in [
      '.membership_healthy',
      '.membership_total',
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

  // Envoy's own admin interface, for readiness and metrics.
  adminUpstream(platform):: {
    name: 'admin',
    type: 'STATIC',
    connect_timeout: '1s',
    load_assignment: {
      cluster_name: 'admin',
      endpoints: [{
        lb_endpoints: [{ endpoint: { address: lib.socketAddress('127.0.0.1', platform.gateway.adminPort) } }],
      }],
    },
  },
}
