// Stops: where a road leads, one for each port of each service.
local util = import '../core/util.libsonnet';

function(lib) {
  local here = self,

  // The stops of the data center, in the order of its services and their ports.
  stops(ctx)::
    local suffix = '.svc.' + ctx.fleet.domains.cluster;
    [
      here.stop(service, i, suffix)
      for service in ctx.services
      for i in std.range(0, std.length(service.ports) - 1)
    ],

  // One stop: port number `i` of a service.
  stop(service, i, suffix)::
    local port = service.ports[i];
    {
      name: service.namespace + '/' + service.name + '/' + port.name,
      service: service.name,
      team: service.team,
      http2: here.speaksHttp2(port),
      // Clients that leave the port out of the Host header mean the first one.
      domains: [host + ':' + port.port for host in service.hosts] + (if i == 0 then service.hosts else []),
      // The road's limit on the time for a complete answer, as the manifest has it; null without one.
      timeout: std.get(service, 'timeout'),
      // The service itself, on a cluster where it runs.
      address: service.name + '.' + service.namespace + suffix,
      port: port.port,
      // Clusters where it runs: `{ cluster, weight, local }`, and `address` and `port` of the others' gateways.
      endpoints: service.endpoints,
    },

  // Endpoints of a stop on this cluster.
  localEndpoints(stop):: [e for e in stop.endpoints if e['local']],

  // Endpoints of a stop that take calls: those with a weight or, where none has any, every one.
  // A service that runs only on clusters of weight 0 (its home is on one that is being drained) is still called.
  openEndpoints(stop)::
    local open = [e for e in stop.endpoints if e.weight > 0];
    if open == [] then stop.endpoints else open,

  // True if a port speaks HTTP/2. Only HTTP of some kind goes through a gateway.
  speaksHttp2(port)::
    util.choice('ports.' + port.name + '.appProtocol', port.appProtocol, here.httpProtocols),

  // Protocols that a gateway carries, with true for HTTP/2.
  httpProtocols:: { http: false, http2: true, grpc: true },
}
