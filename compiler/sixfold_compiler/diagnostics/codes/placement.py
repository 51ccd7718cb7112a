"""SF42x and SF43x: placements.lock.json, and the rules by which `sixfold place` makes it."""

from __future__ import annotations

from sixfold_compiler.diagnostics.codes.code import Code

__all__ = ["PLACEMENT"]

PLACEMENT = {
    "SF420": Code(
        "no placements",
        "The fleet has no placements.lock.json beside its fleet.jsonnet, so nothing says which clusters host whom.",
        "sixfold compile  # in a deploy repo where nobody has run `sixfold place`",
        "Run `sixfold place`, look at the plan, and commit the file that it writes.",
    ),
    "SF421": Code(
        "a lock of the wrong shape",
        "placements.lock.json is not JSON, or not of the shape that `sixfold place` writes.",
        '{"apiVersion": "sixfold.dev/v1", "kind": "Placements", "placements": {"prod": {}}}\n',
        "Take back the change that was made by hand. After a merge conflict keep either side and run `sixfold place`.",
    ),
    "SF422": Code(
        "a lock that names what the fleet does not have",
        "placements.lock.json names a data center, cluster or team that is not in the fleet; or `--explain` does.",
        '"teams": {"shop": {"dc1-z": 100}}\n',
        "Run `sixfold place`, which brings the lock up to date with the fleet, or correct the name.",
    ),
    "SF423": Code(
        "weights that do not add up to 100",
        "The weights of a team's hosts in a data center are parts of a hundred; what they leave out would go nowhere.",
        '"teams": {"shop": {"dc1-a": 60, "dc1-b": 30}}\n',
        "Take back the change that was made by hand, and run `sixfold place`.",
    ),
    "SF424": Code(
        "a key twice in the lock",
        "Readers of JSON keep one of the two silently. Merges that went wrong look like this.",
        '"teams": {"shop": {"dc1-a": 100}, "shop": {"dc1-b": 100}}\n',
        "Keep one of the two, and run `sixfold place`.",
    ),
    "SF426": Code(
        "an app without a home",
        "An app that runs once in a data center has one home cluster, which placements.lock.json keeps so that it never"
        " moves by itself. This app is not in it, or its home is no cluster of its team; a team on one cluster needs no"
        " homes. The other apps go on.",
        "# apps/shop/nightly.yaml of kind CronJob, where the lock has no home for shop/nightly",
        "Run `sixfold place` in the deploy repo and commit the lock.",
    ),
    "SF427": Code(
        "a retired cluster that still hosts teams",
        "A retired cluster hosts nobody, and the lock places something there.",
        "clusters: { 'dc1-a': { state: 'retired' } }  # and in the lock: {\"shop\": {\"dc1-a\": 100}}\n",
        "Set its state to draining, move what is there to other clusters, and retire it when it is empty.",
    ),
    "SF428": Code(
        "a home that the lock does not keep",
        "An app that runs once in a data center is not among the homes in placements.lock.json. Its team is on one"
        " cluster there, so it runs on that one; but `sixfold place --check` finds the lock out of date. A warning.",
        "# apps/shop/nightly.yaml of kind CronJob, new, of a team on one cluster",
        "Run `sixfold place` in the deploy repo and commit the lock.",
    ),
    "SF430": Code(
        "no room for a team",
        "What a team's apps may ask for does not fit on the clusters that may host it, with the headroom of the fleet.",
        "# autoscaling.max: 5000 of a pod of 4 cores, on clusters of 1,000 cores",
        "Add capacity or a cluster, lower the demand, or lower `placement.headroom` of the environment.",
    ),
    "SF431": Code(
        "too few clusters for a team",
        "The team's tier spreads over more clusters than there are that may host it (by state, bans, `dedicated`,"
        " taints, labels and APIs).",
        "placement: { tiers: { P0: { spread: 3 } } }  # in a data center of two clusters\n",
        "Add a cluster, lower the tier's `spread`, or lift what keeps the team away from clusters.",
    ),
    "SF432": Code(
        "too many stacks of a tier on a cluster",
        "The fleet lets a number of stacks of a tier share a cluster, and every cluster has that many.",
        "placement: { tiers: { P0: { stacks: 1 } } }  # with two P0 teams on one cluster\n",
        "Add a cluster, raise the tier's `stacks`, or put teams that fail together into one `stack`.",
    ),
    "SF433": Code(
        "a team that would not survive the loss of a cluster",
        "With some one cluster of the data center lost, what must survive does not fit on the others.",
        "placement: { tiers: { P0: { survivesLoss: true } } }  # with P0 apps of 900 cores on two clusters of 500\n",
        "Add capacity or a cluster, or lower the demand of the apps that must survive.",
    ),
    "SF435": Code(
        "too many pods of one service on a cluster",
        "A service has fewer than `placement.podsPerService` pods on one cluster, counting what autoscalers may make of"
        " it when another cluster is lost.",
        "autoscaling: { max: 4000 }  # in a data center of two clusters\n",
        "Add a cluster, lower the number of pods, or make the pods larger.",
    ),
    "SF436": Code(
        "more demand than quota",
        "The apps of a team may ask for more than its quota in a data center. Pods over the quota are refused.",
        "quota: { cpu: 10, … }  # and an app of at most 40 pods of one core\n",
        "Raise the quota in the fleet, or lower replicas or autoscaling.max.",
    ),
    "SF437": Code(
        "an expired pin or ban",
        "A pin or a ban of a team holds until a day. That day is over, and it is not obeyed any more.",
        "bans: [{ environment: 'prod', cluster: 'dc1-a', reason: 'kernel bug', until: '2025-01-31' }]\n",
        "Take it out of the fleet, or give it a new date.",
    ),
    "SF438": Code(
        "a pin that cannot be obeyed",
        "A team is pinned to a cluster that cannot host it: for its state, a ban, or isolation.",
        "pins: [{ environment: 'prod', cluster: 'dc1-a', … }]  # where dc1-a is retired\n",
        "Change the pin, or what is in its way.",
    ),
    "SF439": Code(
        "a placement rule that names nobody",
        "A pin or ban names a cluster, or `dedicated` a team, that the fleet does not have.",
        "pins: [{ environment: 'prod', cluster: 'dc9-a', … }]\n",
        "Correct the name.",
    ),
    "SF460": Code(
        "a question about what the fleet does not have",
        "`sixfold whatif` was asked about a cluster, data center or team that the fleet does not have, or by a name"
        " that stands for more than one, or with a factor that is not a number above 0.",
        "sixfold whatif --lose dc1-a  # where both dev and prod have a dc1-a",
        "Name the environment and the data center as well: `--lose prod/dc1/dc1-a`.",
    ),
    "SF461": Code(
        "a loss that breaks a P0",
        "With this one cluster (or data center) lost, an app of tier P0 carries less than is asked of it: pods have no"
        " room on the clusters that are left, its autoscaler or its team's quota stops short, or it ran nowhere else.",
        "sixfold whatif --every-cluster  # where playback has 20 pods more than the other clusters have room for",
        "Add capacity or a cluster, raise `autoscaling.max` or the quota, or let the app run on more than one cluster.",
    ),
    "SF462": Code(
        "a load that breaks a P0",
        "Already without any of the losses that are tried, an app of tier P0 carries less than is asked of it: the load"
        " (or what --lose takes away) does it. It is told once, and the losses are judged by what they add.",
        "sixfold whatif --every-cluster --load 1.3  # where autoscaling.max leaves no room for 1.3 times the load",
        "Raise `autoscaling.max` or the quota, or add capacity; or ask about a smaller load.",
    ),
}
