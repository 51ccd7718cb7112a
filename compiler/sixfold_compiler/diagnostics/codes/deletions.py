"""SF71x and SF72x: what a compile would take away, and retiring things on purpose."""

from __future__ import annotations

from sixfold_compiler.diagnostics.codes.code import Code

__all__ = ["DELETIONS"]

DELETIONS = {
    "SF710": Code(
        "a team would lose too much",
        "More of the team's Applications, overlays or objects would vanish from an environment than its budget"
        " (`deletions` of the fleet), or its namespace would leave a data center, and no tombstone approves that. The"
        " team keeps its old overlays, the others are compiled.",
        "git rm apps/playback/*.yaml && sixfold compile",
        "Put back what would vanish, or approve it: `sixfold retire`, or an entry in tombstones.yaml. `sixfold guard`"
        " shows the budgets.",
    ),
    "SF711": Code(
        "the fleet takes something away that nobody approved",
        "A cluster, a team, a team's place on a cluster, or an object of argocd/ vanishes by a change of the fleet,"
        " and no tombstone approves it. No budget covers that, and nothing is written.",
        "# a cluster's entry was deleted from environments/prod.libsonnet",
        "Put it back, or approve it: `sixfold retire team`, `sixfold retire cluster`, or an entry in tombstones.yaml.",
    ),
    "SF712": Code(
        "a tombstone has expired that would be needed",
        "The entry in tombstones.yaml would cover what vanishes, but its last day has passed.",
        "tombstones:\n  - team: ads\n    approvedBy: ada\n    reason: merged away\n    until: 2020-01-01\n",
        "Have the removal approved again with a later day, or put back what would vanish.",
    ),
    "SF713": Code(
        "a cluster leaves before its Applications",
        "Without its Secret, Argo CD drops a cluster's Applications and leaves everything that they deployed. So the"
        " Secret goes last, when the tree has nothing else of the cluster any more.",
        "# an active cluster's entry was deleted from environments/prod.libsonnet",
        "Set its state to retired, commit, delete its Application, and take it out of the fleet then: `sixfold retire"
        " cluster` does both steps (docs/runbooks/decommission-cluster.md).",
    ),
    "SF714": Code(
        "nothing to compare with",
        "What --against names, or the tree itself, has no inventories that can be read: it is no overlay tree, no state"
        " folder of a generator, and no revision of the git repo that the tree lies in.",
        "sixfold guard --against mian",
        "Name a revision (`origin/main`), a tree or a state folder.",
    ),
    "SF720": Code(
        "no such thing to retire",
        "No app, team or cluster has that name, or several have it.",
        "sixfold retire app banners --reason 'not used' --until 2030-01-01",
        "Write TEAM/APP or ENV/CLUSTER, as the message suggests.",
    ),
    "SF721": Code(
        "a cluster that cannot be retired yet",
        "Teams still have namespaces there, or the step before was not compiled and committed.",
        "sixfold retire cluster prod/dc1-a --reason 'old nodes' --until 2030-01-01  # which is active",
        "Follow docs/runbooks/decommission-cluster.md from where you are.",
    ),
}
