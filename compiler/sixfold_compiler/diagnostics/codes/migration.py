"""SF44x, SF450 and SF455: draining clusters and evacuating data centers."""

from __future__ import annotations

from sixfold_compiler.diagnostics.codes.code import Code

__all__ = ["MOVING"]

MOVING = {
    "SF440": Code(
        "an unknown cluster or data center",
        "`sixfold drain` needs a cluster and `sixfold evacuate` a data center of the fleet. The name is unknown, "
        "or several environments have it.",
        "sixfold drain prod/dc1-z\n",
        "Correct the name. Write ENV/DC/CLUSTER, ENV/CLUSTER or ENV/DC if it is ambiguous.",
    ),
    "SF441": Code(
        "a pin to a cluster that is drained",
        "A team is pinned to the cluster, so the cluster must host it.",
        "pins: [{ environment: 'prod', cluster: 'dc1-a', … }]  # and `sixfold drain dc1-a`\n",
        "Remove the pin from the fleet, or let the namespace stay there.",
    ),
    "SF442": Code(
        "volumes that would stay behind",
        "Apps store data in volumes of the cluster, and a volume does not move with a namespace.",
        "volumes: [{ name: data, mountPath: /data, claim: { size: 20Gi } }]\n",
        "Copy the data with your storage tooling and pass `--claims move-without-data`, or leave these namespaces "
        "where they are with `--claims keep`. Only a person deletes claims on the old cluster.",
    ),
    "SF443": Code(
        "apps that must not run twice",
        "The app runs once in the data center and is a StatefulSet, a Job, a CronJob, or a Deployment with a "
        "volume or with `rollout.type: Recreate`. It cannot start on its new cluster before it has stopped on the "
        "old one.",
        "kind: StatefulSet  # on the cluster that is drained\n",
        "Pass `--once stop-then-start`. Each app is then down between two steps, and a Job runs again on the new "
        "cluster.",
    ),
    "SF444": Code(
        "not enough room to run twice",
        "While a namespace moves, both its previous and its new clusters run its pods. One of the new clusters "
        "has no room for them.",
        "# a cluster of 100 cores with 95 in use, and a namespace of 10\n",
        "Add capacity or a cluster, or lower the environment's headroom during the move.",
    ),
    "SF445": Code(
        "not enough room in the other data centers",
        "The load of an evacuated data center moves to the others, and a cluster there has no room for its share.",
        "sixfold evacuate prod/dc1  # where dc2 is as full as dc1\n",
        "Add capacity to the others, or move teams to other clusters first.",
    ),
    "SF446": Code(
        "sizing of the other data centers is not confirmed",
        "Numbers in a manifest are for each data center, so the other data centers do not grow by an evacuation. "
        "Sixfold cannot know whether they are large enough for the additional traffic.",
        "sixfold evacuate prod/dc1 --step  # with P0 apps in dc1\n",
        "Raise `autoscaling.max` or `replicas` there with an override if needed, move the traffic, and pass `--sized`.",
    ),
    "SF447": Code(
        "an unfinished move in an evacuated data center",
        "Namespaces are being moved from one cluster of the data center to another.",
        '"shop": {"dc1-a": {"weight": 25, "from": 50, "to": 0}, …}\n',
        "Continue with `sixfold drain` until they have arrived.",
    ),
    "SF448": Code(
        "a cluster that still accepts teams",
        "The cluster, or a cluster of the data center, is not `draining` in the fleet. `sixfold place` would "
        "place teams on it again.",
        "state: 'active'  # and `sixfold drain dc1-a --step`\n",
        "Set its state to draining in the fleet, commit, and continue.",
    ),
    "SF449": Code(
        "a step that is not healthy",
        "`--wait` reports that the previous step has not finished: Applications are not Synced and Healthy at the "
        "commit of the step, or pods of workloads are not ready.",
        "sixfold drain dc1-a --step --wait  # while Argo CD still syncs\n",
        "Push the commit, check the named Applications and workloads, and run the command again. Nothing was changed.",
    ),
    "SF450": Code(
        "the previous step is not finished",
        "A step needs the previous one to be committed and compiled. Two steps in one compile would remove a "
        "namespace from a cluster while it starts on another. The lock, tombstones.yaml and the tree must match "
        "git's HEAD, compiling must change nothing in the data center, and the tree must contain each namespace "
        "with the clusters and weights of the lock. `--wait` also needs the tree in the fleet's repository.",
        "sixfold drain dc1-a --commit  # twice, without `sixfold compile` and a commit in between\n",
        "Run `sixfold compile`, commit lock, tombstones and tree, push, and continue when the step has arrived; "
        "or revert the lock with git. If the tree is in another repository, name it with `--out`. `--no-tree` "
        "skips the check.",
    ),
    "SF455": Code(
        "a team that cannot be moved because of errors",
        "A manifest of a team that the step moves has errors. Its overlays would stay on the old cluster.",
        "# apps/shop/web.yaml with an unknown field, while shop moves\n",
        "Fix the manifest, or revert its change.",
    ),
}
