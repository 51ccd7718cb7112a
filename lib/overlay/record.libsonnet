// The app of one environment, and what all of its objects share. Its fields are locals first, so that no engine
// computes one of them twice.
function(lib, input, value)
  local meta = input.app;
  local spec = value.spec;
  local
    annotations = std.get(meta, 'annotations', {}),
    config = std.get(spec, 'config', []),
    configs = { [c.name]: c.objectName for c in config },
    labels = lib.labels(meta, spec.tier, std.get(value, 'version')),
    ports = lib.containerPorts(std.get(spec, 'ports', [])),
    selector = lib.selector(meta.name),
    template = lib.podTemplate(app),
    volumes = std.get(spec, 'volumes', []),
    app = {
      name: meta.name,
      environment: value.environment,
      namespace: value.namespace,
      // Whether every cluster runs a number of replicas of its own.
      divided: value.divided,
      team: meta.team,
      fleet: input.fleet,
      spec: spec,
      labels: labels,
      annotations: annotations,
      selector: selector,
      // Ports of the app's own container that its service leads to.
      ports: ports,
      volumes: volumes,
      config: config,
      // Names of the app's own ConfigMaps, with their digests, by the manifest's names.
      configs: configs,
      template: template,
    };
  app
