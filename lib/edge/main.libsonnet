// Load balancers by which calls from outside reach an app without the gateway.
function(lib) (import 'load-balancer.libsonnet')(lib)
