// The ServiceAccount of an app.
local util = import '../util.libsonnet';

// How the platform ties an IAM role to a ServiceAccount. A pod identity association lies outside the cluster.
local roleAnnotations(app, role) = util.choice('platform.identity', app.fleet.platform.identity, {
  irsa: { 'eks.amazonaws.com/role-arn': role },
  'pod-identity': {},
});

function(lib, app)
  local own = std.get(app.spec, 'serviceAccount', {});
  {
    apiVersion: 'v1',
    kind: 'ServiceAccount',
    metadata: lib.metadata(
      app,
      app.name,
      std.get(own, 'annotations', {})
      + (if 'iamRole' in own then roleAnnotations(app, own.iamRole) else {})
      + lib.prerequisiteAnnotations(app)
    ),
    automountServiceAccountToken: lib.automountsToken(app),
  }
