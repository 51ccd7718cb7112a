// Labels, metadata and small facts that platform objects share.
{
  // What Argo CD must not do without a person: each of these would take workloads or data with it.
  confirmRemoval:: { 'argocd.argoproj.io/sync-options': 'Delete=confirm,Prune=confirm' },

  // The labels of an object that the platform owns.
  platformLabels(name):: {
    'app.kubernetes.io/name': name,
    'app.kubernetes.io/part-of': 'sixfold',
    'app.kubernetes.io/managed-by': 'sixfold',
  },

  // The labels of an object in a team's namespace that the team does not own.
  tenancyLabels(team):: {
    'app.kubernetes.io/part-of': 'sixfold',
    'app.kubernetes.io/managed-by': 'sixfold',
    'sixfold.dev/team': team,
  },

  // Pod Security labels at `level`, as the cluster's own Kubernetes version understands that level, so that an
  // upgrade of a cluster never tightens the rules by itself.
  podSecurityLabels(level, version):: {
    ['pod-security.kubernetes.io/' + mode]: level
    for mode in ['enforce', 'audit', 'warn']
  } + {
    ['pod-security.kubernetes.io/' + mode + '-version']: 'v' + version
    for mode in ['enforce', 'audit', 'warn']
  },

  // Whether a cluster runs Kubernetes 1.`minor` or newer; versions are `1.` and two digits.
  atLeast(version, minor):: std.parseInt(std.substr(version, 2, 2)) >= minor,
}
