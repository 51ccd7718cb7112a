// The record of an app in one environment.
function(lib) {
  local here = self,

  // Fields of the record `app`, which the functions of the library take.
  defaults:: {
    // The app's name.
    name: error 'an app must provide name',
    // The environment's name.
    environment: error 'an app must provide environment',
    // The namespace of the app's team in the environment.
    namespace: error 'an app must provide namespace',
    // The team's name.
    team: error 'an app must provide team',
    // The systems of its data centers that add to apps: `{ slot: { name: settings } }`.
    systems: {},
    // What these add to its pods (see `chosen.pod`).
    added: {},
    // The fleet's settings: `name`, `platform`, `tiers`, `domains`.
    fleet: error 'an app must provide fleet',
    // The manifest's spec for the environment, layers merged.
    spec: error 'an app must provide spec',
    // True if every cluster runs a number of replicas of its own.
    divided: false,
    // True if the pods run to completion: a Job or a CronJob.
    runsToCompletion: false,
    // Annotations of every object.
    annotations: {},
    // Labels of every object.
    labels: {},
    // Labels that select the pods.
    selector: {},
    // Annotations of objects that the pods need before they start.
    prerequisite: {},
    // Ports of the app's own container that its service leads to.
    ports: [],
    // Volumes of the manifest.
    volumes: [],
    // Configs of the manifest, each with the name of its object.
    config: [],
    // Object names of the configs, with their digests, by the manifest's names.
    configs: {},
    // The pod template.
    template: error 'an app must provide template',
  },

  // The app of one environment: the defaults, with what the compiler passes on top.
  // Every field is a local first, so that no engine computes one twice.
  record(input, value)::
    local meta = input.app;
    local spec = value.spec;
    local
      annotations = std.get(meta, 'annotations', {}),
      config = std.get(spec, 'config', []),
      configs = { [c.name]: c.objectName for c in config },
      labels = lib.core.labels(meta, spec.tier, std.get(value, 'version')),
      ports = lib.service.containerPorts(std.get(spec, 'ports', [])),
      prerequisite = lib.workload.prerequisiteAnnotations(app),
      runsToCompletion = lib.workload.runsToCompletion(spec.kind),
      selector = lib.core.selector(meta.name),
      template = lib.workload.podTemplate(app),
      added = lib.chosen.pod(app),
      volumes = std.get(spec, 'volumes', []),
      app = here.defaults {
        name: meta.name,
        environment: value.environment,
        namespace: value.namespace,
        team: meta.team,
        fleet: input.fleet,
        systems: input.choices[value.choice],
        added: added,
        spec: spec,
        divided: value.divided,
        runsToCompletion: runsToCompletion,
        annotations: annotations,
        labels: labels,
        selector: selector,
        prerequisite: prerequisite,
        ports: ports,
        volumes: volumes,
        config: config,
        configs: configs,
        template: template,
      };
    app,
}
