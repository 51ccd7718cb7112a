"""SF8xx: the generator, and what it does not adopt."""

from __future__ import annotations

from sixfold_compiler.diagnostics.codes.code import Code

__all__ = ["GENERATOR"]

GENERATOR = {
    "SF801": Code(
        "the tree cannot be read",
        "The source of the tree (git-sync's folder, a volume) is not readable. What was adopted goes on being served.",
        "# the volume is not mounted",
        "Look at the source of the tree; mount the whole git folder, not only the checkout.",
    ),
    "SF802": Code(
        "an inventory is wrong",
        "An inventory does not have the form that `sixfold compile` writes.",
        "# overlays/inventory.json was edited by hand",
        "Compile the tree again.",
    ),
    "SF803": Code(
        "a file is not the one that the inventory names",
        "A digest or size differs: the tree is torn, or a file was edited by hand. It is not adopted.",
        "echo '# oops' >> overlays/prod/dc1/dc1-a/playback/match.yaml",
        "Compile the tree again and commit all of it.",
    ),
    "SF804": Code(
        "not a plain file",
        "Links, devices, oversized files and paths that lead out of the tree are never followed.",
        "# overlays/inventory.json is a symbolic link",
        "Commit the file itself.",
    ),
    "SF805": Code(
        "a file that no inventory names",
        "Argo CD would deploy it, and nobody compiled it.",
        "cp extra.yaml overlays/prod/dc1/dc1-a/playback/",
        "Take it out of the tree; plain objects belong into the app's manifest.",
    ),
    "SF806": Code(
        "the tree differs from its commit",
        "Argo CD reads the commit, so a tree with other content is not adopted.",
        "# a change in the checkout that is not committed",
        "Commit it, or check it out clean.",
    ),
    "SF807": Code(
        "the tree is not where the fleet says",
        "repository.path of the fleet tells Argo CD where the tree is in the repo; it is elsewhere.",
        "repository: { url: …, path: 'deploy' }  # and the tree is in overlays/\n",
        "Set repository.path to the folder of the tree.",
    ),
    "SF808": Code(
        "inventories that contradict each other",
        "Root inventory and cluster inventories are not of one compile.",
        "# one inventory.json was taken from another branch",
        "Compile the whole tree again.",
    ),
    "SF810": Code(
        "a commit is not adopted",
        "It would make a cluster, a file of the platform or an object of argocd/ vanish, and no tombstone approves"
        " that. Nothing of it reaches a cluster.",
        "git rm -r overlays/prod/dc2",
        "Put them back, or approve the removal with a tombstone.",
    ),
    "SF811": Code(
        "a team is held back",
        "The commit removes more of this team than the budgets of the fleet let go in some days, or its namespace from"
        " a data center, without a tombstone. The team stays as it was; the others go on.",
        "git rm apps/playback/*.yaml && sixfold compile",
        "Put them back, or approve the removal with a tombstone for the team.",
    ),
    "SF812": Code(
        "a commit that was adopted before and replaced",
        "A checkout that fell behind, or a second pod, offers an older commit. Adopting it would undo what came since.",
        "git push --force origin HEAD~1:main",
        "To go back, revert with a new commit. Otherwise wait for git-sync, or end the second pod.",
    ),
    "SF820": Code(
        "the adopted state is damaged",
        "The generator's own record of what it adopted cannot be trusted, so it serves nothing new.",
        "# the state folder was truncated",
        "Restore it from a backup; or empty it, knowing that nothing guards the next adoption.",
    ),
    "SF821": Code(
        "the state cannot be written",
        "The volume of the adopted state is full, read-only or gone. What was adopted goes on being served.",
        "# the volume is full",
        "Look at the volume: space, mount, permissions.",
    ),
    "SF822": Code(
        "another adopter is at work",
        "One adoption runs at a time.",
        "# two generators share one state folder",
        "Nothing: it will finish, or is tried again.",
    ),
    "SF823": Code(
        "the adopter failed",
        "The process that checks a new commit died or took too long. What was adopted goes on being served.",
        "# the adopter was killed for its memory",
        "See the service's log.",
    ),
    "SF830": Code(
        "a wrong setting",
        "An environment variable of the generator has a value that it cannot start with.",
        "SIXFOLD_PORT=http",
        "Correct the variable that is named.",
    ),
    "SF840": Code(
        "the kubernetes client is not installed",
        "Live clusters, and a state in ConfigMaps, need the `kubernetes` package, which does not come by itself.",
        "pip install sixfold && sixfold place --live",
        'Install the extra: pip install "sixfold[live]".',
    ),
    "SF841": Code(
        "a login of a cluster cannot be used",
        "A kubeconfig is not readable, is not one, or lacks the context; or there is no service account in this pod.",
        "SIXFOLD_LIVE_KUBECONFIG=/etc/sixfold/clusters  # and the folder is not mounted",
        "Give a kubeconfig, or a folder of them, with one context a cluster, named environment/dataCenter/cluster.",
    ),
    "SF842": Code(
        "a cluster cannot be read live",
        "Its API server did not answer, or refused. The last values go on with their age; no answer depends on them.",
        "# the login may not list nodes and pods",
        "Look at the context, the API server, and the rights to list nodes and pods.",
    ),
    "SF843": Code(
        "a cluster is not registered in Argo CD",
        "No cluster Secret of this Argo CD has the server of an adopted cluster. Argo CD freezes the Applications"
        " of that cluster, and those only; answers stay as they are.",
        "kubectl -n argocd delete secret cluster-prod-dc1-a",
        "Sync the bootstrap Application, which applies argocd/ of the tree; or correct the server in the fleet.",
    ),
    "SF845": Code(
        "the persisted state is out of reach",
        "The ConfigMaps of the adopted state cannot be read or written: no API server, no right, or it refuses. What"
        " was adopted goes on from memory; nothing new is adopted, since it could not be persisted first.",
        "kubectl -n argocd delete rolebinding sixfold-generator-state",
        "Look at the API server and at the Role; it is tried again by itself.",
    ),
    "SF846": Code(
        "another adopter is always faster",
        "The pointer of the persisted state changed under every attempt: a second generator uses the same name.",
        "# two releases of the chart with one state.configMap.name",
        "Give each generator a name of its own.",
    ),
    "SF831": Code(
        "no usable token",
        "The generator does not start without at least one token that Argo CD can send: not empty, not beginning"
        " with $.",
        "echo '$sixfold:token' > token",
        "Put a random token of at least the length that is named into the file.",
    ),
}
