"""SF44x and SF450: draining clusters and evacuating data centers."""

from __future__ import annotations

from sixfold_compiler.diagnostics.codes.code import Code

__all__ = ["MOVING"]

MOVING = {
    "SF440": Code(
        "no such place",
        "`sixfold drain` was given a cluster that the fleet does not have or that several environments have, or"
        " `sixfold evacuate` a data center.",
        "sixfold drain prod/dc1-z\n",
        "Correct the name; write ENV/DC/CLUSTER, ENV/CLUSTER or ENV/DC where it could be several.",
    ),
    "SF441": Code(
        "a pin to a cluster that is drained",
        "A team is pinned to the cluster, which therefore must host it.",
        "pins: [{ environment: 'prod', cluster: 'dc1-a', … }]  # and `sixfold drain dc1-a`\n",
        "Take the pin out of the fleet, or let the namespace stay there.",
    ),
    "SF442": Code(
        "volumes that would stay behind",
        "Apps keep data in volumes of the cluster, and a volume does not move with a namespace.",
        "volumes: [{ name: data, mountPath: /data, claim: { size: 20Gi } }]\n",
        "Copy what is needed by the means of the storage, then say `--claims move-without-data`; or leave these"
        " namespaces where they are with `--claims keep`. Claims on the old cluster are deleted by a person only.",
    ),
    "SF443": Code(
        "apps that must not run twice",
        "An app runs once in the data center, and is a StatefulSet, a Job, a CronJob, or a Deployment with a volume or"
        " with `rollout.type: Recreate`. It cannot start on its new cluster before it has ended on the old one.",
        "kind: StatefulSet  # on the cluster that is drained\n",
        "Say `--once stop-then-start`: each runs nowhere between two steps. A Job runs again on the new cluster.",
    ),
    "SF444": Code(
        "no room to run twice",
        "While a namespace moves, its new clusters hold what they will have and what they had. One has no room.",
        "# a cluster of 100 cores with 95 in use, and a namespace of 10\n",
        "Add capacity or a cluster, or lower the environment's headroom while the move lasts.",
    ),
    "SF445": Code(
        "no room in the other data centers",
        "What runs in a data center that is evacuated comes to the others as load, and a cluster there cannot hold its"
        " part.",
        "sixfold evacuate prod/dc1  # where dc2 is as full as dc1\n",
        "Add capacity to the others, or move teams away from them, and evacuate then.",
    ),
    "SF446": Code(
        "nobody said that the others are sized for it",
        "Numbers in a manifest are for each data center, so the other ones do not grow by an evacuation. Whether they"
        " are large enough for its traffic is known only to people.",
        "sixfold evacuate prod/dc1 --step  # with P0 apps in dc1\n",
        "Raise `autoscaling.max` or `replicas` there by an override where needed, move the traffic, say `--sized`.",
    ),
    "SF447": Code(
        "a walk inside a data center that is evacuated",
        "Namespaces are on their way from one cluster of the data center to another.",
        '"shop": {"dc1-a": {"weight": 25, "from": 50, "to": 0}, …}\n',
        "Go on with `sixfold drain` until they have arrived.",
    ),
    "SF448": Code(
        "a place that still takes teams",
        "The cluster is not `draining` in the fleet, or a data center has clusters that are not: `sixfold place` would"
        " put teams back there.",
        "state: 'active'  # and `sixfold drain dc1-a --step`\n",
        "Set its state to draining in the fleet; commit that, and go on.",
    ),
    "SF449": Code(
        "a step that is not healthy",
        "`--wait` found that the step before has not arrived: Applications that are not Synced and Healthy at the"
        " commit of the step, or workloads whose pods are not ready.",
        "sixfold drain dc1-a --step --wait  # while Argo CD still syncs\n",
        "Push what is committed, look at what is named, and run the command again. Nothing was changed.",
    ),
    "SF450": Code(
        "a step before that is not done",
        "A step follows only one that is committed and compiled: two steps in one compile would take a namespace from a"
        " cluster in the moment in which it starts on another. So the lock, tombstones.yaml and the tree must not"
        " differ from git's HEAD; compiling must change nothing in the data center; and the tree must have every"
        " namespace there on the hosts, with the weights, that the lock says. `--wait` also needs the tree in the"
        " fleet's repo.",
        "sixfold drain dc1-a --commit  # twice, without `sixfold compile` and a commit in between\n",
        "`sixfold compile`, commit lock, tombstones and tree, push, and go on when it has arrived; or take the lock"
        " back with git. Where the tree lies in another repo, name it with `--out`; `--no-tree` goes on without"
        " looking.",
    ),
    "SF455": Code(
        "a team that cannot be moved as it is",
        "A manifest of a team that a step moves has errors. Its overlays would stay as they are, on the old cluster.",
        "# apps/shop/web.yaml with an unknown field, while shop moves\n",
        "Mend the manifest, or take the change to it back.",
    ),
}
