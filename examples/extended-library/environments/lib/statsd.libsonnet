// Every long-running pod gets a sidecar that takes StatsD metrics and shows them to Prometheus.
{
  local lib = self,

  // The library's pod, with the sidecar last.
  workload+: {
    pod(app)::
      local pod = super.pod(app);
      if app.runsToCompletion then pod
      else pod { containers: pod.containers + [lib.statsd.sidecar(app)] },
  },

  // A namespace of this platform's own.
  statsd:: {
    // The sidecar: a container from the library, so that it is as locked down as every other one.
    sidecar(app)::
      lib.workload.container(app, 'the StatsD sidecar', {
        image: 'docker.io/prom/statsd-exporter:v0.28.0',
        resources: { requests: { cpu: '10m', memory: '32Mi' }, limits: { memory: '64Mi' } },
      }, 'statsd', [
        { name: 'statsd', containerPort: 9125, protocol: 'UDP' },
        { name: 'statsd-web', containerPort: 9102, protocol: 'TCP' },
      ], {}),
  },
}
