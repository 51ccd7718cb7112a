// What a team's people may do in its namespace. Git owns the objects, so people read, and help pods along.
{
  local lib = self,

  // Roles, and their bindings to the owners' groups.
  teamAccess(team):: [
    lib.teamRole(team, 'team-view', lib.viewRules),
    lib.teamRole(team, 'team-operate', lib.operateRules),
    lib.teamBinding(team, 'team-view'),
    lib.teamBinding(team, 'team-operate'),
  ],

  // Reading everything but Secrets. Groups are named one by one, since `*` would take in Secrets and, of operators'
  // APIs, whatever else holds credentials.
  viewRules:: [
    lib.readRule('', [
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
    lib.readGroups(lib.viewGroups),
    lib.readRule('external-secrets.io', ['externalsecrets', 'secretstores']),
    lib.readRule('monitoring.coreos.com', ['podmonitors', 'prometheusrules', 'servicemonitors']),
    lib.readRule('rbac.authorization.k8s.io', ['rolebindings', 'roles']),
  ],

  // API groups of Kubernetes itself that hold no credentials in any kind.
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

  // Helping a pod along: restart it, reach a port of it. Nothing here starts a process: `pods/exec`,
  // `pods/ephemeralcontainers` and the creation of pods, Jobs or tokens would hand over every Secret and cloud role of
  // the namespace. A platform that wants exec, say in dev, appends a rule here with a mixin.
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
  teamRole(team, name, rules):: {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'Role',
    metadata: lib.tenancyMetadata(team, name),
    rules: rules,
  },

  // A binding of the Role `name` to all of the team's groups.
  teamBinding(team, name):: {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'RoleBinding',
    metadata: lib.tenancyMetadata(team, name),
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: name },
    subjects: [
      { apiGroup: 'rbac.authorization.k8s.io', kind: 'Group', name: group }
      for group in team.owners
    ],
  },
}
