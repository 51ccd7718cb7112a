// Logs go to Datadog: its agent reads an annotation of the pod that names the container.
{
  local lib = self,

  // The library's pod template, with one more annotation.
  workload+: {
    podTemplate(app):: super.podTemplate(app) {
      metadata+: {
        annotations+: { ['ad.datadoghq.com/' + app.name + '.logs']: lib.logging.settings(app) },
      },
    },
  },

  // A namespace of this platform's own.
  logging:: {
    // Settings of the agent for the logs of an app, as JSON text. A further extension can replace them.
    settings(app)::
      local tags = '"team:' + app.team + '","tier:' + app.spec.tier + '"';
      '[{"source":"' + app.name + '","service":"' + app.name + '","tags":[' + tags + ']}]',
  },
}
