// DaemonSets.
{
  local lib = self,

  // A DaemonSet: one pod on every node that the app's selector and tolerations let it on.
  daemonSet(app):: {
    apiVersion: 'apps/v1',
    kind: 'DaemonSet',
    metadata: lib.metadata(app, app.name, {}),
    spec: lib.pick(lib.rollout(app), ['minReadySeconds']) + {
      revisionHistoryLimit: std.get(lib.rollout(app), 'revisionHistoryLimit', 5),
      selector: { matchLabels: app.selector },
      updateStrategy: lib.daemonSetStrategy(app),
      template: app.template,
    },
  },

  // How a DaemonSet replaces its pods. A node has either a gap or a surge, never both.
  daemonSetStrategy(app)::
    local rollout = lib.rollout(app);
    local rolling =
      (if 'maxSurge' in rollout then { maxUnavailable: 0 } else {}) + lib.pick(rollout, ['maxSurge', 'maxUnavailable']);
    lib.rolloutType(app, {
      RollingUpdate: { type: 'RollingUpdate', [if rolling != {} then 'rollingUpdate']: rolling },
      OnDelete: { type: 'OnDelete' },
    }, 'RollingUpdate'),
}
