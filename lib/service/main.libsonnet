// Services: how the pods are found inside a cluster, and the load balancer for what is not HTTP.
local clusterIP = import 'cluster-ip.libsonnet';
local headless = import 'headless.libsonnet';
local loadBalancer = import 'load-balancer.libsonnet';
local port = import 'port.libsonnet';

{
  local lib = self,

  // The app's services inside the cluster: none for what runs to its end, two for a StatefulSet.
  services(app)::
    if lib.runsToCompletion(app) then []
    else
      (if app.ports == [] then [] else [lib.clusterIPService(app)])
      + (if app.spec.kind == 'StatefulSet' then [lib.headlessService(app)] else []),

  // The service that callers and the gateway use.
  clusterIPService(app):: clusterIP(lib, app),

  // The service that gives every pod of a StatefulSet a name of its own.
  headlessService(app):: headless(lib, app),

  // The name of a StatefulSet's headless service.
  headlessName(app):: app.name + '-pods',

  // The network load balancer of an external road that asks for one.
  loadBalancers(app, cell):: if 'loadBalancer' in cell then [loadBalancer(lib, app, cell)] else [],

  // A port of a service.
  servicePort(app, p):: port(app, p),
}
