// Stricter than the library: a pod is in the groups that its manifest names, never in those that its image brings along.
{
  workload+: {
    podSecurity(app):: super.podSecurity(app) { supplementalGroupsPolicy: 'Strict' },
  },
}
