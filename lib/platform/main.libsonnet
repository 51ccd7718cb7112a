// Labels, rules and small facts that the platform's own objects share.
function(lib) (import 'dns.libsonnet')(lib) + {
  // Annotations by which Argo CD asks a person before it removes an object with workloads or data behind it.
  confirmRemoval:: { 'argocd.argoproj.io/sync-options': 'Delete=confirm,Prune=confirm' },

  // Labels of an object that the platform owns.
  platformLabels(name):: {
    'app.kubernetes.io/name': name,
    'app.kubernetes.io/part-of': 'sixfold',
    'app.kubernetes.io/managed-by': 'sixfold',
  },

  // Labels of a platform object in a team's namespace.
  tenancyLabels(team):: {
    'app.kubernetes.io/part-of': 'sixfold',
    'app.kubernetes.io/managed-by': 'sixfold',
    'sixfold.dev/team': team,
  },

  // Pod Security labels of a namespace at `level`.
  // The level is pinned to the cluster's Kubernetes version, so an upgrade never tightens the rules by itself.
  podSecurityLabels(level, version):: {
    ['pod-security.kubernetes.io/' + mode]: level
    for mode in ['enforce', 'audit', 'warn']
  } + {
    ['pod-security.kubernetes.io/' + mode + '-version']: 'v' + version
    for mode in ['enforce', 'audit', 'warn']
  },

  // True if a cluster runs Kubernetes 1.`minor` or newer; versions are `1.` and two digits.
  atLeast(version, minor):: std.parseInt(std.substr(version, 2, 2)) >= minor,
}
