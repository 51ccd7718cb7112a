// Logs go to Datadog: its agent reads an annotation of the pod that names the container.
{
  local lib = self,

  // The library's pod template, with one annotation more.
  podTemplate(app):: super.podTemplate(app) {
    metadata+: {
      annotations+: { ['ad.datadoghq.com/' + app.name + '.logs']: lib.logSettings(app) },
    },
  },

  // What the agent does with the logs, as JSON text. A function of its own, so that a further mixin can replace it.
  logSettings(app)::
    local tags = '"team:' + app.team + '","tier:' + app.spec.tier + '"';
    '[{"source":"' + app.name + '","service":"' + app.name + '","tags":[' + tags + ']}]',
}
