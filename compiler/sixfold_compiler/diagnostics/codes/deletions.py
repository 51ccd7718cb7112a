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
    "SF715": Code(
        "an approval for too long",
        "The last day of a tombstone is at most 30 days from today, or what `approvals.days` of the fleet says (at "
        "most 90). An approval that outlives its deletion would approve an accident later. The entry has no effect.",
        "tombstones:\n  - team: ads\n    approvedBy: ada\n    reason: merged away\n    until: 9999-12-31\n",
        "Write an earlier day. If the deletion takes longer, have it approved again.",
    ),
    "SF716": Code(
        "an approval by nobody, or without a reason",
        "`approvedBy` is one of `approvals.approvers` of the fleet; if the fleet names none, it has at least a letter. "
        "`reason` has at least one word. The entry has no effect.",
        'tombstones:\n  - team: ads\n    approvedBy: " "\n    reason: "....."\n    until: 2027-01-31\n',
        "Name who approved the deletion, and write why.",
    ),
    "SF717": Code(
        "an approval of nothing",
        "The entry is new, and nothing in the tree has its names, nor in the committed tree, nor in that of some days "
        "ago (`deletions.days`): they are misspelled, or what it approves is long gone. It has no effect. An entry is "
        "new until a tree has been written with it.",
        "tombstones:\n  - team: adz  # the team is ads\n    approvedBy: ada\n    reason: merged away\n"
        "    until: 2027-01-31\n",
        "Correct the names, or delete the entry. Write an approval together with the change that needs it.",
    ),
    "SF718": Code(
        "an approval that is over",
        "The last day of the tombstone has passed, and no deletion needs it any more.",
        "tombstones:\n  - team: ads\n    approvedBy: ada\n    reason: merged away\n    until: 2020-01-01\n",
        "Delete the entry from tombstones.yaml.",
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
    "SF722": Code(
        "a cluster or a repository that becomes another one",
        "The server, certificate authority, EKS name, account or region of a cluster changes, or the URL of the "
        "repository. Argo CD then sends every Application of the cluster to another one, or reads another tree: a "
        "removal and an addition under one name. Filling in what was empty is no change, and neither is a bundle that "
        "still has one of the certificates. Nothing is written.",
        "# environments/prod.libsonnet: the servers of dc1-a and dc1-b are swapped",
        "Restore it, or approve the move: an entry in tombstones.yaml with the cluster (or, for the repository, the "
        "Argo CD instance), from and to. The help of the finding has the entry. It covers this move, and nothing else.",
    ),
    "SF723": Code(
        "earlier deletions that are unknown",
        "Deletions are added up over some days (`deletions.days` of the fleet), from the trees in the history of the "
        "deploy repo, by first parents. This clone does not reach back far enough, or git cannot read it. A team that "
        "deletes something keeps its previous overlays until its earlier deletions are known.",
        "git clone --depth 1 $REPOSITORY && cd deploy && git rm apps/playback/player.yaml && sixfold compile",
        "Fetch the commits that the help names. In CI, fetch the complete history (`fetch-depth: 0`, `GIT_DEPTH: 0`).",
    ),
}
