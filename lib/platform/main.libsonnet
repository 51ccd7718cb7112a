// Labels, rules and small facts that the platform's own objects share.
function(lib) (import 'labels.libsonnet')(lib) + (import 'dns.libsonnet')(lib)
