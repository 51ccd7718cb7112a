// Priority of pods when room is short.
function(lib) {
  local here = self,

  // A PriorityClass for each tier; tiers may share one by name.
  priorityClasses(tiers)::
    local classes = {
      [tiers[tier].priorityClass]: { tier: tier, value: tiers[tier].priority }
      for tier in here.distinctTiers(tiers)
    };
    local lowest = std.minArray([classes[name].value for name in std.objectFields(classes)]);
    [
      here.priorityClass(name, classes[name].tier, classes[name].value, classes[name].value > lowest)
      for name in std.objectFields(classes)
    ],

  // Names of tiers, one for each class: the first in order.
  distinctTiers(tiers)::
    local names = std.objectFields(tiers);
    [
      names[i]
      for i in std.range(0, std.length(names) - 1)
      if !std.member([tiers[n].priorityClass for n in names[:i]], tiers[names[i]].priorityClass)
    ],

  // The PriorityClass of a tier. The lowest waits for room and never evicts.
  priorityClass(name, tier, value, evicts):: {
    apiVersion: 'scheduling.k8s.io/v1',
    kind: 'PriorityClass',
    metadata: { name: name, labels: lib.platform.platformLabels(name) + { 'sixfold.dev/tier': tier } },
    value: value,
    globalDefault: false,
    preemptionPolicy: if evicts then 'PreemptLowerPriority' else 'Never',
    description: 'Pods of tier ' + tier,
  },
}
