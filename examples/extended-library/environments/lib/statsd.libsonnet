// Every long-running pod gets a sidecar that takes StatsD metrics and shows them to Prometheus.
{
  local lib = self,

  // The library's pod, with the sidecar last.
  podSpec(app)::
    local pod = super.podSpec(app);
    if lib.runsToCompletion(app) then pod
    else pod { containers: pod.containers + [lib.statsdSidecar(app)] },

  // Made by the library's own `container`, so that it is as locked down as every other container.
  statsdSidecar(app)::
    lib.container(app, 'the StatsD sidecar', {
      image: 'docker.io/prom/statsd-exporter:v0.28.0',
      resources: { requests: { cpu: '10m', memory: '32Mi' }, limits: { memory: '64Mi' } },
    }, 'statsd', [
      { name: 'statsd', containerPort: 9125, protocol: 'UDP' },
      { name: 'statsd-web', containerPort: 9102, protocol: 'TCP' },
    ], {}),
}
