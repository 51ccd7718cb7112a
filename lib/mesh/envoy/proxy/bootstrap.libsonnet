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
    dynamic_resources: { cds_config: here.watchedFile('clusters.json') },
    static_resources: {
      listeners: [here.roadListener(settings), here.statusListener(settings)],
      clusters: [here.adminUpstream(settings)],
    },
    layered_runtime: { layers: [{ name: 'sixfold', static_layer: here.runtime }] },
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

  // Runtime settings that all upstreams share.
  // A place that answers 502 to 504, or not at all, five times in a row is left out for a while. An app's own 500s do
  // not count, since one caller's bad request would take the app from all others. As long as one place is healthy only
  // healthy ones are used; when none is, all are tried.
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

  // The upstream of Envoy's own admin interface, for readiness and metrics.
  adminUpstream(settings):: {
    name: 'admin',
    type: 'STATIC',
    connect_timeout: '1s',
    load_assignment: {
      cluster_name: 'admin',
      endpoints: [{
        lb_endpoints: [{ endpoint: { address: here.socketAddress('127.0.0.1', settings.adminPort) } }],
      }],
    },
  },
}
