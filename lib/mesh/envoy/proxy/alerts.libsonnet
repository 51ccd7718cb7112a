// Alerts of a gateway, as Prometheus has them.
function(lib) {
  local here = self,

  // What a gateway's metrics can say that somebody should know.
  alerts(ctx, settings)::
    [
      here.alert(
        'SixfoldGatewayRefusesUpstreams',
        'critical',
        '0m',
        here.refusals('envoy_cluster_manager_cds', ''),
        'A gateway refuses its file of upstreams, and keeps the last good one.',
        'No change of any team reaches it, and a new pod is never ready. Its log names the upstream.',
      ),
    ] + [
      here.alert(
        'SixfoldGatewayRefusesRoutes',
        'critical',
        '0m',
        here.refusals('envoy_http_rds', '{envoy_rds_route_config="' + here.tableName(number) + '"}'),
        'A gateway refuses the table of routes ' + here.tableName(number) + ', and keeps the last good one.',
        'No change of these teams reaches it: ' + std.join(', ', here.teamsOf(ctx, settings, number)) + '.',
      ) { labels+: { table: here.tableName(number) } }
      for number in here.tableNumbers(settings)
      if here.teamsOf(ctx, settings, number) != []
    ] + (
      if !lib.gateway.hasPeers(ctx) then []
      else [
        here.alert(
          'SixfoldGatewayCertificate',
          'critical',
          '5m',
          std.join(' + ', [
            'sum by (namespace, envoy_cluster_name) '
            + '(rate(envoy_cluster_ssl_' + name + '{envoy_cluster_name=~"gw/.*"}[5m]))'
            for name in ['connection_error', 'fail_verify_error', 'fail_verify_san']
          ]) + ' > 0',
          'Gateways of two clusters do not accept each other.',
          'Calls stay on one cluster, and fail where it has no app. Compare the certificates of both.',
        ),
        here.alert(
          'SixfoldGatewayGone',
          'warning',
          '10m',
          'max by (namespace, envoy_cluster_name) '
          + '(envoy_cluster_outlier_detection_ejections_active{envoy_cluster_name=~"gw/.*"}) > 0',
          'The gateway of another cluster cannot be reached.',
          'Calls go to the clusters that are left.',
        ),
      ]
    ),

  // An expression for files of a kind that were refused, or could not be parsed.
  refusals(source, labels)::
    std.join(' + ', [
      'sum by (namespace) (increase(' + source + '_update_' + name + labels + '[15m]))'
      for name in ['rejected', 'failure']
    ]) + ' > 0',

  // The teams of a table whose services the gateways of a cluster carry.
  teamsOf(ctx, settings, number)::
    std.set([service.team for service in ctx.services if here.tableOf(service.team, settings.tables) == number]),

  // An alert.
  alert(name, severity, after, expression, summary, description):: {
    alert: name,
    expr: expression,
    'for': after,
    labels: { severity: severity },
    annotations: { summary: summary, description: description },
  },
}
