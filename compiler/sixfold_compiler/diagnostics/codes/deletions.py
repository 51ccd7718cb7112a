"""SF71x and SF72x: unapproved deletions, and `sixfold retire`."""

from __future__ import annotations

from sixfold_compiler.diagnostics.codes.code import Code

__all__ = ["DELETIONS"]

DELETIONS = {
    "SF710": Code(
        "a team exceeds its deletion budget",
        "The change deletes more Applications, overlays or objects of the team than its budget allows "
        "(`deletions` of the fleet), or removes its namespace from a data center, and no tombstone approves it. "
        "The team keeps its previous overlays, and the others are compiled.",
        "git rm apps/playback/*.yaml && sixfold compile",
        "Restore what would be deleted, or approve it: `sixfold retire`, or an entry in tombstones.yaml. `sixfold "
        "guard` shows the budgets.",
    ),
    "SF711": Code(
        "a change of the fleet deletes without approval",
        "A change of the fleet deletes a cluster, a team, a team's namespace on a cluster, or an object of "
        "argocd/, and no tombstone approves it. No budget covers these, and nothing is written.",
        "# a cluster's entry was deleted from environments/prod.libsonnet",
        "Restore it, or approve the deletion: `sixfold retire team`, `sixfold retire cluster`, or an entry in "
        "tombstones.yaml.",
    ),
    "SF712": Code(
        "an expired tombstone",
        "The entry in tombstones.yaml would approve the deletion, but its last day has passed.",
        "tombstones:\n  - team: ads\n    approvedBy: ada\n    reason: merged away\n    until: 2020-01-01\n",
        "Have the deletion approved again with a later day, or restore what would be deleted.",
    ),
    "SF713": Code(
        "a cluster is removed before its Applications",
        "Without the cluster's Secret, Argo CD drops its Applications and leaves everything that they deployed. "
        "So the Secret is deleted last, when the tree contains nothing else of the cluster.",
        "# an active cluster's entry was deleted from environments/prod.libsonnet",
        "Set its state to retired, commit, delete its Application, and then remove it from the fleet. `sixfold "
        "retire cluster` does both steps (docs/runbooks/decommission-cluster.md).",
    ),
    "SF714": Code(
        "nothing to compare with",
        "The value of --against, or the tree itself, has no readable inventories. It is not an overlay tree, not "
        "a state folder of a generator, and not a revision of the tree's git repository.",
        "sixfold guard --against mian",
        "Name a revision (`origin/main`), a tree or a state folder.",
    ),
    "SF720": Code(
        "an unknown name in `sixfold retire`",
        "No app, team or cluster has that name, or several have it.",
        "sixfold retire app banners --reason 'not used' --until 2030-01-01",
        "Write TEAM/APP or ENV/CLUSTER, as the message suggests.",
    ),
    "SF721": Code(
        "a cluster that cannot be retired yet",
        "Teams still have namespaces on it, or the previous step was not compiled and committed.",
        "sixfold retire cluster prod/dc1-a --reason 'old nodes' --until 2030-01-01  # which is active",
        "Continue with the next step of docs/runbooks/decommission-cluster.md.",
    ),
}
