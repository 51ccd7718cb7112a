// Rights of a team's people in its namespace. Git owns the objects, so people read, and help pods along.
function(lib) {
  local here = self,

  // Roles of a team, and their bindings to the owners' groups.
  access(team):: [
    here.role(team, 'team-view', here.viewRules),
    here.role(team, 'team-operate', here.operateRules),
    here.roleBinding(team, 'team-view'),
    here.roleBinding(team, 'team-operate'),
  ],

  // Rules to read everything but Secrets.
  // Groups are named one by one, since `*` would include Secrets and, of operators' APIs, whatever else has
  // credentials.
  viewRules:: [
    here.readRule('', [
      'configmaps',
      'endpoints',
      'events',
      'limitranges',
      'persistentvolumeclaims',
      'persistentvolumeclaims/status',
      'pods',
      'pods/log',
      'pods/status',
      'replicationcontrollers',
      'resourcequotas',
      'serviceaccounts',
      'services',
      'services/status',
    ]),
    here.readGroups(here.viewGroups),
    here.readRule('external-secrets.io', ['externalsecrets', 'secretstores']),
    here.readRule('monitoring.coreos.com', ['podmonitors', 'prometheusrules', 'servicemonitors']),
    here.readRule('rbac.authorization.k8s.io', ['rolebindings', 'roles']),
  ],

  // API groups of Kubernetes itself that have no credentials in any kind.
  viewGroups:: [
    'apps',
    'autoscaling',
    'batch',
    'discovery.k8s.io',
    'events.k8s.io',
    'metrics.k8s.io',
    'networking.k8s.io',
    'policy',
  ],

  // Rules to restart a pod and to reach a port of it.
  // Nothing here starts a process: `pods/exec`, `pods/ephemeralcontainers` and the creation of pods, Jobs or tokens
  // would hand over every Secret and cloud role of the namespace. A platform that wants exec, say in dev, appends a
  // rule with an extension.
  operateRules:: [
    { apiGroups: [''], resources: ['pods'], verbs: ['delete'] },
    { apiGroups: [''], resources: ['pods/eviction'], verbs: ['create'] },
    { apiGroups: [''], resources: ['pods/portforward'], verbs: ['create', 'get'] },
  ],

  // A rule that reads `resources` of one API group.
  readRule(group, resources):: { apiGroups: [group], resources: resources, verbs: ['get', 'list', 'watch'] },

  // A rule that reads all of some API groups.
  readGroups(groups):: { apiGroups: groups, resources: ['*'], verbs: ['get', 'list', 'watch'] },

  // A Role of the team's namespace.
  role(team, name, rules):: {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'Role',
    metadata: here.metadata(team, name),
    rules: rules,
  },

  // A binding of the Role `name` to all of the team's groups.
  roleBinding(team, name):: {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'RoleBinding',
    metadata: here.metadata(team, name),
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: name },
    subjects: [
      { apiGroup: 'rbac.authorization.k8s.io', kind: 'Group', name: group }
      for group in team.owners
    ],
  },
}
