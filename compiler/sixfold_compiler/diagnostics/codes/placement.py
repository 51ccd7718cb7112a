"""SF42x, SF43x and SF46x: placements.lock.json, the rules of `sixfold place`, and `sixfold whatif`."""

from __future__ import annotations

from sixfold_compiler.diagnostics.codes.code import Code

__all__ = ["PLACEMENT"]

PLACEMENT = {
    "SF420": Code(
        "no placements",
        "The fleet has no placements.lock.json beside its fleet.jsonnet, so no team has a cluster.",
        "sixfold compile  # in a deploy repo where nobody has run `sixfold place`",
        "Run `sixfold place`, review the plan, and commit the file that it writes.",
    ),
    "SF421": Code(
        "an invalid lock file",
        "placements.lock.json is not JSON, or does not have the form that `sixfold place` writes.",
        '{"apiVersion": "sixfold.dev/v1", "kind": "Placements", "placements": {"prod": {}}}\n',
        "Undo the manual change. After a merge conflict, keep either side and run `sixfold place`.",
    ),
    "SF422": Code(
        "the lock names something that is not in the fleet",
        "placements.lock.json, or --explain, names a data center, cluster or team that is not in the fleet.",
        '"teams": {"shop": {"dc1-z": 100}}\n',
        "Run `sixfold place` to update the lock, or correct the name.",
    ),
    "SF423": Code(
        "weights that do not add up to 100",
        "The weights of a team's clusters in a data center are percentages. Otherwise a part of the traffic would "
        "reach no cluster.",
        '"teams": {"shop": {"dc1-a": 60, "dc1-b": 30}}\n',
        "Undo the manual change, and run `sixfold place`.",
    ),
    "SF424": Code(
        "a duplicate key in the lock",
        "JSON parsers silently keep one of the two values. A failed merge often causes this.",
        '"teams": {"shop": {"dc1-a": 100}, "shop": {"dc1-b": 100}}\n',
        "Keep one of the two, and run `sixfold place`.",
    ),
    "SF426": Code(
        "an app without a home",
        "An app that runs once in a data center has one home cluster, which placements.lock.json records so that "
        "the app never moves by itself. The lock has no home for this app, or its home does not host its team. "
        "A team on one cluster needs no homes. The other apps are compiled.",
        "# apps/shop/nightly.yaml of kind CronJob, where the lock has no home for shop/nightly",
        "Run `sixfold place` in the deploy repository and commit the lock.",
    ),
    "SF427": Code(
        "a retired cluster that still hosts teams",
        "The lock places teams or apps on a retired cluster, which must host none.",
        "clusters: { 'dc1-a': { state: 'retired' } }  # and in the lock: {\"shop\": {\"dc1-a\": 100}}\n",
        "Set its state to draining, move the teams to other clusters, and retire it when it is empty.",
    ),
    "SF428": Code(
        "a home that is not in the lock",
        "placements.lock.json has no home for an app that runs once in a data center. Its team has one cluster "
        "there, so the app runs on that one, but `sixfold place --check` reports an outdated lock. This is a "
        "warning.",
        "# apps/shop/nightly.yaml of kind CronJob, new, of a team on one cluster",
        "Run `sixfold place` in the deploy repository and commit the lock.",
    ),
    "SF429": Code(
        "an app without a place",
        "placements.lock.json lists the app as `unplaced`: when `sixfold place` wrote it, the app fitted on no cluster "
        "of its data center beside what has a place there. It keeps the files that it has. All other apps are "
        "compiled, those of its team too.",
        '"unplaced": ["shop/web"]  # in the lock, since shop/web asked for 900 cores where 100 are free\n',
        "Ask for less, or add capacity. Then run `sixfold place` and commit the lock.",
    ),
    "SF430": Code(
        "not enough room for a team",
        "The maximum demand of a team's apps does not fit on the clusters that may host it, with the headroom of "
        "the fleet.",
        "# autoscaling.max: 5000 of a pod of 4 cores, on clusters of 1,000 cores",
        "Add capacity or a cluster, lower the demand, or lower `placement.headroom` of the environment.",
    ),
    "SF431": Code(
        "not enough clusters for a team",
        "The team's tier must spread over more clusters than may host it. State, bans, `dedicated`, taints, "
        "labels and APIs decide which clusters may.",
        "placement: { tiers: { P0: { spread: 3 } } }  # in a data center of two clusters\n",
        "Add a cluster, lower the tier's `spread`, or remove the rule that excludes clusters.",
    ),
    "SF432": Code(
        "too many stacks of a tier on a cluster",
        "The fleet limits how many stacks of a tier share a cluster, and every cluster has reached the limit.",
        "placement: { tiers: { P0: { stacks: 1 } } }  # with two P0 teams on one cluster\n",
        "Add a cluster, raise the tier's `stacks`, or put teams that fail together into one `stack`.",
    ),
    "SF433": Code(
        "a team that would not survive the loss of a cluster",
        "If one particular cluster of the data center is lost, the apps that must survive do not fit on the others.",
        "placement: { tiers: { P0: { survivesLoss: true } } }  # with P0 apps of 900 cores on two clusters of 500\n",
        "Add capacity or a cluster, or lower the demand of the apps that must survive.",
    ),
    "SF435": Code(
        "too many pods of one service on a cluster",
        "A service must have fewer than `placement.podsPerService` pods on one cluster, including the pods that "
        "autoscalers add when another cluster is lost.",
        "autoscaling: { max: 4000 }  # in a data center of two clusters\n",
        "Add a cluster, lower the number of pods, or use larger pods.",
    ),
    "SF436": Code(
        "more demand than quota",
        "The apps of a team can request more than the team's quota in a data center. Pods over the quota are rejected.",
        "quota: { cpu: 10, … }  # and an app of at most 40 pods of one core\n",
        "Raise the quota in the fleet, or lower replicas or autoscaling.max.",
    ),
    "SF437": Code(
        "an expired pin or ban",
        "The last day of a pin or ban of a team has passed, and it no longer applies.",
        "bans: [{ environment: 'prod', cluster: 'dc1-a', reason: 'kernel bug', until: '2025-01-31' }]\n",
        "Remove it from the fleet, or give it a new date.",
    ),
    "SF438": Code(
        "a pin that cannot be met",
        "A team is pinned to a cluster that cannot host it because of its state, a ban, or isolation.",
        "pins: [{ environment: 'prod', cluster: 'dc1-a', … }]  # where dc1-a is retired\n",
        "Change the pin, or the rule that conflicts with it.",
    ),
    "SF439": Code(
        "a placement rule with an unknown name",
        "A pin or ban names a cluster, or `dedicated` names a team, that is not in the fleet.",
        "pins: [{ environment: 'prod', cluster: 'dc9-a', … }]\n",
        "Correct the name.",
    ),
    "SF460": Code(
        "an invalid question for `sixfold whatif`",
        "The cluster, data center or team is not in the fleet, the name is ambiguous, or a factor is not a number "
        "above 0.",
        "sixfold whatif --lose dc1-a  # where both dev and prod have a dc1-a",
        "Name the environment and the data center too: `--lose prod/dc1/dc1-a`.",
    ),
    "SF461": Code(
        "a loss that breaks a P0 app",
        "If this cluster or data center is lost, an app of tier P0 cannot carry its load. Its pods have no room "
        "on the remaining clusters, its autoscaler or its team's quota is too low, or it ran nowhere else.",
        "sixfold whatif --every-cluster  # where playback has 20 pods more than the other clusters have room for",
        "Add capacity or a cluster, raise `autoscaling.max` or the quota, or let the app run on more than one cluster.",
    ),
    "SF462": Code(
        "a load that breaks a P0 app",
        "An app of tier P0 cannot carry its load even before any of the simulated losses, because of --load or "
        "--lose. It is reported once, and each loss is judged by what it adds.",
        "sixfold whatif --every-cluster --load 1.3  # where autoscaling.max leaves no room for 1.3 times the load",
        "Raise `autoscaling.max` or the quota, add capacity, or simulate a smaller load.",
    ),
}
