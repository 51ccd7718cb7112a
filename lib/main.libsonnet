// The Sixfold library: one app, one cluster or one Argo CD instance in, Kubernetes objects out.
//
// This is its table of contents. A namespace is a folder; its `main.libsonnet` has functions of its own and adds the
// files beside it. Every file is `function(lib) { … }`, an object of hidden functions: `here` is its own namespace and
// `lib` the library, each with what a fleet's extension adds. Imports are lazy, so an evaluation reads only the
// namespaces that it uses. Each file read costs the reference engine about 20 ms, whatever its size.
{
  local lib = self,

  // Entries: what the compiler calls. Everything else is reached from here.
  entries:: (import 'entries/main.libsonnet')(lib),

  // Labels and metadata, which every object of an app shares.
  core:: (import 'core/main.libsonnet')(lib),

  // Objects of one app, in the order in which they are applied.
  overlay:: (import 'overlay/main.libsonnet')(lib),

  // Pods, and the choice of the controller that runs them.
  workload:: (import 'workload/main.libsonnet')(lib),

  // Deployments.
  deployments:: (import 'deployments/main.libsonnet')(lib),

  // StatefulSets, with the Services that name their pods.
  statefulsets:: (import 'statefulsets/main.libsonnet')(lib),

  // DaemonSets.
  daemonsets:: (import 'daemonsets/main.libsonnet')(lib),

  // Jobs and CronJobs: what runs to completion.
  jobs:: (import 'jobs/main.libsonnet')(lib),

  // Volumes of pods, and claims on storage.
  storage:: (import 'storage/main.libsonnet')(lib),

  // HorizontalPodAutoscalers and their metrics.
  autoscaling:: (import 'autoscaling/main.libsonnet')(lib),

  // Plain objects: those that teams wrote themselves.
  plain:: (import 'plain/main.libsonnet')(lib),

  // Services of an app, and the ports of its containers.
  service:: (import 'service/main.libsonnet')(lib),

  // Load balancers by which calls from outside reach an app without the gateway.
  edge:: (import 'edge/main.libsonnet')(lib),

  // ConfigMaps with a digest of their content in their names.
  config:: (import 'config/main.libsonnet')(lib),

  // ServiceAccounts, and the IAM roles that they carry.
  identity:: (import 'identity/main.libsonnet')(lib),

  // NetworkPolicies.
  network:: (import 'network/main.libsonnet')(lib),

  // Labels, rules and small facts that the platform's own objects share.
  platform:: (import 'platform/main.libsonnet')(lib),

  // Namespaces of teams: access, quota and network.
  tenancy:: (import 'tenancy/main.libsonnet')(lib),

  // Names of services within a data center, and the stops that they lead to.
  roads:: (import 'roads/main.libsonnet')(lib),

  // The gateway of a cluster, whatever runs in its pods.
  gateway:: (import 'gateway/main.libsonnet')(lib),

  // Files of a cluster that belong to no app.
  cluster:: (import 'cluster/main.libsonnet')(lib),

  // The systems that the platform has chosen, and what each of them adds.
  chosen:: (import 'chosen/main.libsonnet')(lib),

  // Every system that a fleet can choose, by slot.
  systems:: (import 'systems.libsonnet')(lib),

  // Files of an Argo CD instance.
  argocd:: (import 'argocd/main.libsonnet')(lib),
}
