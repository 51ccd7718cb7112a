// Services: how the pods are found inside a cluster, and the load balancer for what is not HTTP.
(import 'cluster-ip.libsonnet')
+ (import 'load-balancer.libsonnet')
