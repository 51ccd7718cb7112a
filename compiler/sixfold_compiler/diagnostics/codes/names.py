"""SF414 to SF418: names.lock.json, the owners of service names, and calls by name."""

from __future__ import annotations

from sixfold_compiler.diagnostics.codes.code import Code

__all__ = ["NAMES"]

NAMES = {
    "SF414": Code(
        "a call by a name that changed its owner",
        "A name alone means the team that owns it in the environment. This name was released by one team and taken by "
        "another, so the caller may mean an app that no longer exists. Until the caller names the team, it keeps its "
        "overlays.",
        "calls: [{ app: auth }]  # which team identity released, and team storefront took\n",
        "Write the team as well, such as app: storefront/auth, if that is the app to call.",
    ),
    "SF415": Code(
        "a names lock that cannot be read",
        "names.lock.json is not JSON, does not have the form that `sixfold compile` writes, or lists a name twice.",
        '{"apiVersion": "sixfold.dev/v1", "kind": "Names", "names": {"prod": {"auth": ["identity"]}}}\n',
        "Restore the file from git. `sixfold compile` adds the lines that it lacks.",
    ),
    "SF416": Code(
        "a merge conflict in the names lock",
        "Two branches changed the same lines of names.lock.json. The finding shows whether both sides can stay, and "
        "otherwise which side to take: that of the team whose app is in the tree, or of the branch that was merged "
        "first.",
        '<<<<<<< HEAD\n      "auth": "identity",\n=======\n      "audit": "ads",\n>>>>>>> main\n',
        "Keep the lines that the finding names, delete the markers, and run `sixfold compile`, which sorts them.",
    ),
    "SF417": Code(
        "an unknown environment in the names lock",
        "names.lock.json has an environment that is not in the fleet.",
        '"names": {"prdo": {"auth": "identity"}}\n',
        "Correct the name, or delete the lines of an environment that was retired.",
    ),
    "SF418": Code(
        "no names lock",
        "The fleet has no names.lock.json, and the tree has apps. The owners of names are taken from the tree: a name "
        "that its app has left belongs to nobody. This happens once; `compile` writes the file.",
        "# a deploy repository of an earlier version, without environments/names.lock.json",
        "Run `sixfold compile`, review names.lock.json, and commit it with the tree.",
    ),
}
