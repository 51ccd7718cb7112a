// Workloads: the pod, the controllers that run it, and how it scales and spreads.
local util = import '../util.libsonnet';
local autoscaler = import 'autoscaler.libsonnet';
local claims = import 'claims.libsonnet';
local container = import 'container.libsonnet';
local cronJob = import 'cronjob.libsonnet';
local daemonSet = import 'daemonset.libsonnet';
local deployment = import 'deployment.libsonnet';
local disruptionBudget = import 'disruption.libsonnet';
local job = import 'job.libsonnet';
local metrics = import 'metrics.libsonnet';
local pod = import 'pod.libsonnet';
local port = import 'ports.libsonnet';
local security = import 'security.libsonnet';
local spread = import 'spread.libsonnet';
local statefulSet = import 'statefulset.libsonnet';
local volumes = import 'volumes.libsonnet';

{
  local lib = self,

  // The app's workload.
  workload(app, share):: util.choice('spec.kind', app.spec.kind, lib.workloadKinds(app, share)),

  // Every kind that an app may be; only the chosen one is evaluated.
  workloadKinds(app, share):: {
    Deployment: lib.deployment(app, share),
    StatefulSet: lib.statefulSet(app, share),
    DaemonSet: lib.daemonSet(app),
    CronJob: lib.cronJob(app),
    Job: lib.job(app),
  },

  // A Deployment.
  deployment(app, share):: deployment(lib, app, share),

  // A StatefulSet.
  statefulSet(app, share):: statefulSet(lib, app, share),

  // A DaemonSet.
  daemonSet(app):: daemonSet(lib, app),

  // A Job, as a hook of Argo CD.
  job(app):: job.job(lib, app),

  // A CronJob.
  cronJob(app):: cronJob(lib, app),

  // What Job and CronJob share.
  jobSpec(app):: job.spec(app),

  // Whether the app runs to an end, rather than serving until it is replaced.
  runsToCompletion(app):: app.spec.kind == 'Job' || app.spec.kind == 'CronJob',

  // Annotations of what the pods need before they start.
  prerequisiteAnnotations(app):: if app.spec.kind == 'Job' then job.prerequisiteAnnotations(app) else {},

  // The pod template.
  podTemplate(app):: pod.template(lib, app),

  // The pod's spec.
  podSpec(app):: pod.spec(lib, app),

  // A container: `body` is the manifest's at `field`, which errors name; `name`, `ports` and `security` are the pod's.
  container(app, field, body, name, ports, security):: container(lib, app, field, body, name, ports, security),

  // What holds for the whole pod: no root.
  podSecurity(app):: security.pod(app),

  // What holds for one container: no writable root file system, no way to more rights, no capabilities.
  containerSecurity(own):: security.container(own),

  // The ports that the app's own container listens on for its service.
  containerPorts(ports):: if ports == [] then [] else port.listening(ports),

  // Every port that some container of the pod declares.
  declaredPorts(app):: port.declared(app),

  // The pod's volumes.
  podVolumes(app):: if app.volumes == [] && app.config == [] then [] else volumes.all(lib, app),

  // Where the app's own container sees volumes.
  ownMounts(app):: if app.volumes == [] && app.config == [] then [] else volumes.mounts(app),

  // Claims that all pods share.
  sharedClaims(app):: if app.volumes == [] then [] else claims.shared(lib, app),

  // Claims of every replica of a StatefulSet.
  claimTemplates(app):: if app.volumes == [] then [] else claims.templates(app),

  // How pods spread over zones and hosts.
  topologySpread(app):: spread(app),

  // The HorizontalPodAutoscaler, where the share has a minimum and a maximum.
  autoscalers(app, share):: if 'max' in share.scale then [autoscaler(lib, app, share.scale)] else [],

  // How fast autoscaling goes up and down, where the manifest says nothing.
  scalingBehavior:: metrics.behavior,

  // What autoscaling looks at.
  scalingMetrics(autoscaling):: metrics.metrics(autoscaling),

  // The PodDisruptionBudget, where the share has one.
  disruptionBudgets(app, share):: if 'disruption' in share then [disruptionBudget(lib, app, share)] else [],
}
