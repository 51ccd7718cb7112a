// The Sixfold library: one app, one cluster or one Argo CD instance in, Kubernetes objects out.
//
// Entries: `app(input)`, `cluster(input)` and `argocd(input)`. Every concern is an object of hidden functions that
// reach each other through `self`, so a platform team replaces or extends any of them with a mixin on top.
(import 'app.libsonnet')
+ (import 'tenancy/main.libsonnet')
+ (import 'roads/main.libsonnet')
+ (import 'gateway/main.libsonnet')
+ (import 'clusters/main.libsonnet')
+ (import 'argocd/main.libsonnet')
