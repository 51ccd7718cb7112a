// The identity of the pods: a ServiceAccount of their own, with an IAM role where the manifest has one.
{
  local lib = self,

  // The app's ServiceAccount.
  serviceAccount(app):: {
    apiVersion: 'v1',
    kind: 'ServiceAccount',
    metadata: lib.metadata(app, app.name, lib.serviceAccountAnnotations(app)),
    automountServiceAccountToken: lib.automountsToken(app),
  },

  // The manifest's service account settings, empty when it has none.
  identity(app):: std.get(app.spec, 'serviceAccount', {}),

  // Whether the pods get a token for the Kubernetes API: only when they ask.
  automountsToken(app):: std.get(lib.identity(app), 'automountToken', false),

  // Annotations of the ServiceAccount.
  serviceAccountAnnotations(app)::
    std.get(lib.identity(app), 'annotations', {})
    + (if 'iamRole' in lib.identity(app) then lib.roleAnnotations(app, lib.identity(app).iamRole) else {})
    + lib.prerequisiteAnnotations(app),

  // How the platform ties an IAM role to a ServiceAccount. A pod identity association lies outside the cluster.
  roleAnnotations(app, role):: lib.choice('platform.identity', app.fleet.platform.identity, {
    irsa: { 'eks.amazonaws.com/role-arn': role },
    'pod-identity': {},
  }),
}
