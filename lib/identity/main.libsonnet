// The identity of the pods: a ServiceAccount of their own, with an IAM role where the manifest has one.
local serviceAccount = import 'service-account.libsonnet';

{
  local lib = self,

  // The app's ServiceAccount.
  serviceAccount(app):: serviceAccount(lib, app),

  // Whether the pods get a token for the Kubernetes API: only when they ask.
  automountsToken(app):: std.get(std.get(app.spec, 'serviceAccount', {}), 'automountToken', false),
}
