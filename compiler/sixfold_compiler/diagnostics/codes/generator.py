"""SF8xx: the generator: rejected trees, its state, its settings."""

from __future__ import annotations

from sixfold_compiler.diagnostics.codes.code import Code

__all__ = ["GENERATOR"]

GENERATOR = {
    "SF801": Code(
        "the tree cannot be read",
        "The source of the tree (git-sync's folder, or a volume) is not readable. The generator continues to "
        "serve the adopted state.",
        "# the volume is not mounted",
        "Check the source of the tree and its path. Mount the complete git folder, not only the checkout.",
    ),
    "SF802": Code(
        "an invalid inventory",
        "An inventory does not have the form that `sixfold compile` writes.",
        "# overlays/inventory.json was edited by hand",
        "Compile the tree again.",
    ),
    "SF803": Code(
        "a file that does not match its inventory",
        "A digest or size differs: the commit is incomplete, or a file was edited by hand. The commit is not adopted.",
        "echo '# oops' >> overlays/prod/dc1/dc1-a/playback/match.yaml",
        "Compile the tree again and commit all of it.",
    ),
    "SF804": Code(
        "not a regular file",
        "Links, devices, oversized files and paths that lead out of the tree are never followed.",
        "# overlays/inventory.json is a symbolic link",
        "Commit the file itself.",
    ),
    "SF805": Code(
        "a file that no inventory lists",
        "Argo CD would deploy this file although it was not compiled. No file under the tree's folder may be unlisted.",
        "cp extra.yaml overlays/argocd/prod/",
        "Remove it from the tree. Plain objects belong in the app's manifest.",
    ),
    "SF806": Code(
        "the tree differs from its commit",
        "Argo CD reads the commit, so a tree with other content is not adopted.",
        "# a change in the checkout that is not committed",
        "Commit the change, or use a clean checkout.",
    ),
    "SF807": Code(
        "the tree is not at repository.path",
        "repository.path of the fleet gives Argo CD the folder of the tree in the repository. The tree is in "
        "another folder, so the generator refuses it. For a compile, a tree that is not beside the fleet may be a "
        "preview, and this is a warning.",
        "repository: { url: …, path: 'deploy' }  # and the tree is in overlays/\n",
        "Set repository.path to the folder of the tree.",
    ),
    "SF808": Code(
        "inventories that contradict each other",
        "The root inventory and the cluster inventories come from different compiles.",
        "# one inventory.json was taken from another branch",
        "Compile the complete tree again.",
    ),
    "SF810": Code(
        "a commit is rejected by the deletion guard",
        "The commit would delete a cluster, a file of the platform or an object of argocd/, and no tombstone "
        "approves it. Nothing of the commit reaches a cluster.",
        "git rm -r overlays/prod/dc2",
        "Restore them, or approve the deletion with a tombstone.",
    ),
    "SF811": Code(
        "a team is held back",
        "The commit deletes more of this team than the budgets of the fleet allow, or its namespace in a data "
        "center, without a tombstone. The team stays at its previous revision, and the others continue.",
        "git rm apps/playback/*.yaml && sixfold compile",
        "Restore them, or approve the deletion with a tombstone for the team.",
    ),
    "SF812": Code(
        "a commit that was already replaced",
        "An outdated checkout, or a second pod, offers an older commit. Adopting it would undo newer commits.",
        "git push --force origin HEAD~1:main",
        "To go back, revert with a new commit. Otherwise wait for git-sync, or stop the second pod.",
    ),
    "SF813": Code(
        "a tree without a signature",
        "The generator has trusted keys, and the commit has no inventory.json.sig. The workflow that signs has not "
        "finished, or it is red. The adopted state is still served.",
        "git push origin HEAD:main  # and the workflow that signs has not run yet",
        "Wait for the workflow of the deploy repository. If it is red, correct what it reports.",
    ),
    "SF814": Code(
        "a signature that counts for nothing",
        "The signature of the tree is damaged, is for other files, or is by a key that the generator does not trust. "
        "The adopted state is still served.",
        "# overlays/inventory.json was merged by hand, and inventory.json.sig is that of one side",
        "Delete inventory.json.sig and push, so that the workflow signs the tree. For a new key, add it to "
        "SIXFOLD_TRUSTED_KEYS first.",
    ),
    "SF815": Code(
        "a tree that is signed for another place",
        "The signature is right, but the tree is that of another fleet or of another repository.",
        "# overlays/ of the staging repository was copied into the production repository",
        "Restore the tree. After a change of the name or the URL, set SIXFOLD_TRUSTED_FLEET or "
        "SIXFOLD_TRUSTED_REPOSITORY first.",
    ),
    "SF820": Code(
        "the adopted state is damaged",
        "The generator's record of the adopted commit cannot be trusted, so it serves nothing new.",
        "# the state folder was truncated",
        "Restore the state from a backup. If you delete it instead, nothing guards the next adoption.",
    ),
    "SF821": Code(
        "the state cannot be written",
        "The volume of the adopted state is full, read-only or unavailable. The generator continues to serve the "
        "adopted state.",
        "# the volume is full",
        "Check the volume: space, mount, permissions.",
    ),
    "SF822": Code(
        "another adoption is running",
        "Only one adoption runs at a time.",
        "# two generators share one state folder",
        "Nothing. It will finish or be repeated.",
    ),
    "SF823": Code(
        "the adopter failed",
        "The process that checks a new commit died or took too long. The generator continues to serve the adopted "
        "state.",
        "# the adopter was killed for its memory",
        "Read the log of the service.",
    ),
    "SF830": Code(
        "an invalid setting",
        "The generator cannot start with the value of an environment variable.",
        "SIXFOLD_PORT=http",
        "Correct the named variable.",
    ),
    "SF840": Code(
        "the kubernetes client is not installed",
        "Live clusters, and a state in ConfigMaps, need the `kubernetes` package, which is optional.",
        "pip install sixfold && sixfold place --live",
        'Install the extra: pip install "sixfold[live]".',
    ),
    "SF841": Code(
        "a login that cannot be used",
        "A kubeconfig is not readable, is invalid, or lacks the context, or this pod has no service account.",
        "SIXFOLD_LIVE_KUBECONFIG=/etc/sixfold/clusters  # and the folder is not mounted",
        "Provide a kubeconfig, or a folder of them, with one context for each cluster, named "
        "environment/dataCenter/cluster.",
    ),
    "SF842": Code(
        "a cluster cannot be read",
        "The API server of the cluster did not respond, or rejected the request. The last values stay in use, "
        "with their age. Answers do not depend on them.",
        "# the login may not list nodes and pods",
        "Check the context, the API server, and the right to list nodes and pods.",
    ),
    "SF843": Code(
        "a cluster is not registered in Argo CD",
        "No cluster Secret of this Argo CD has the server of an adopted cluster. Argo CD freezes the Applications "
        "of that cluster only, and answers do not change.",
        "kubectl -n argocd delete secret cluster-prod-dc1-a",
        "Sync the Application sixfold-bootstrap, which applies argocd/, or correct the server in the fleet.",
    ),
    "SF845": Code(
        "the persisted state is unavailable",
        "The ConfigMaps of the adopted state cannot be read or written: the API server is down, or it rejected "
        "the request. The generator continues to serve the adopted state from memory. It adopts nothing new, "
        "because it could not persist it first.",
        "kubectl -n argocd delete rolebinding sixfold-generator-state",
        "Check the API server and the Role. The generator retries by itself.",
    ),
    "SF846": Code(
        "another generator keeps updating the same state",
        "The pointer of the persisted state changed during every attempt. A second generator uses the same name.",
        "# two releases of the chart with one state.configMap.name",
        "Give each generator a name of its own.",
    ),
    "SF831": Code(
        "no usable token",
        "The generator needs at least one token that Argo CD can send: not empty, and not beginning with $. Whoever "
        "may write the file chooses the token, so not everybody may.",
        "echo '$sixfold:token' > token",
        "Write a long random token into the file, and take the right to write it from others (`chmod o-w`).",
    ),
}
