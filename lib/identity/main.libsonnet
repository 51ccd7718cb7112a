// ServiceAccounts, and the IAM roles that they carry.
local util = import '../core/util.libsonnet';

function(lib) {
  local here = self,

  // Settings of ServiceAccounts that a manifest may replace.
  defaults:: {
    // True if the pods get a token for the Kubernetes API.
    automountToken: false,
  },

  // The ServiceAccount of an app.
  serviceAccount(app)::
    local own = std.get(app.spec, 'serviceAccount', {});
    {
      apiVersion: 'v1',
      kind: 'ServiceAccount',
      metadata: lib.core.metadata(
        app,
        app.name,
        std.get(own, 'annotations', {})
        + (if 'iamRole' in own then here.roleAnnotations(app, own.iamRole) else {})
        + app.prerequisite
      ),
      automountServiceAccountToken: here.automountsToken(app),
    },

  // Annotations that tie an IAM role to a ServiceAccount.
  // A pod identity association lies outside the cluster.
  roleAnnotations(app, role):: util.choice('platform.identity', app.fleet.platform.identity, {
    irsa: { 'eks.amazonaws.com/role-arn': role },
    'pod-identity': {},
  }),

  // True if the pods of an app get a token for the Kubernetes API.
  automountsToken(app)::
    std.get(std.get(app.spec, 'serviceAccount', {}), 'automountToken', here.defaults.automountToken),
}
