// What one app needs: the part of the library behind the entry `app(input)`, which is evaluated for every app.
//
// In each concern `main.libsonnet` is a table of contents: one hidden function for every part that a mixin may
// replace. Their bodies lie in files beside it, which are read only when they are used.
(import 'overlay/main.libsonnet')
+ (import 'meta.libsonnet')
+ (import 'workload/main.libsonnet')
+ (import 'service/main.libsonnet')
+ (import 'config/main.libsonnet')
+ (import 'identity/main.libsonnet')
+ (import 'policy/main.libsonnet')
+ (import 'observability/main.libsonnet')
