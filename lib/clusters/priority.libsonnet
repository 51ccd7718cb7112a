// Which pods go first when room is short.
{
  local lib = self,

  // A PriorityClass for each tier; tiers may share one by name.
  priorityClasses(tiers)::
    local classes = {
      [tiers[tier].priorityClass]: { tier: tier, value: tiers[tier].priority }
      for tier in lib.distinctTiers(tiers)
    };
    local lowest = std.minArray([classes[name].value for name in std.objectFields(classes)]);
    [
      lib.priorityClassOf(name, classes[name].tier, classes[name].value, classes[name].value > lowest)
      for name in std.objectFields(classes)
    ],

  // One tier for each class name, the highest.
  distinctTiers(tiers)::
    local names = std.objectFields(tiers);
    [
      names[i]
      for i in std.range(0, std.length(names) - 1)
      if !std.member([tiers[n].priorityClass for n in names[:i]], tiers[names[i]].priorityClass)
    ],

  // The lowest class waits for room and never evicts.
  priorityClassOf(name, tier, value, evicts):: {
    apiVersion: 'scheduling.k8s.io/v1',
    kind: 'PriorityClass',
    metadata: { name: name, labels: lib.platformLabels(name) + { 'sixfold.dev/tier': tier } },
    value: value,
    globalDefault: false,
    preemptionPolicy: if evicts then 'PreemptLowerPriority' else 'Never',
    description: 'Pods of tier ' + tier,
  },
}
