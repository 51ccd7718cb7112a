"""SF73x: `sixfold verify`, which compares a tree with what the inputs compile to, and the signature of a tree."""

from __future__ import annotations

from sixfold_compiler.diagnostics.codes.code import Code

__all__ = ["VERIFYING"]

VERIFYING = {
    "SF730": Code(
        "a file that the inputs do not give",
        "The tree was compiled again without believing its inventories. This file differs from the result, is missing, "
        "or comes from no input. It was edited, merged by hand, or compiled from other inputs or by another build.",
        "# an image was changed in overlays/prod/dc1/dc1-a/ads/banner.yaml, and the digests were computed again",
        "Run `sixfold compile --fresh`, and commit the tree without editing it.",
    ),
    "SF731": Code(
        "a kept file that is not that of the base commit",
        "An app that does not compile keeps its files, and so does a team that the guard holds. They must be those of "
        "the commit that --base names, byte for byte.",
        "# apps/ads/banner.yaml has an error, and overlays/prod/dc1/dc1-a/ads/banner.yaml was edited",
        "Restore the file from git, or correct the manifest and compile.",
    ),
    "SF733": Code(
        "a names lock that the inputs do not give",
        "The names of the base commit, the manifests and the tombstones give the names that names.lock.json must have. "
        "This line was edited, merged by hand, or is missing. Without --base, only missing lines are found.",
        '# "auth": "identity" was changed to "auth": "ads", and no tombstone covers identity/auth',
        "Restore the line from git, run `sixfold compile`, and commit the file with the tree.",
    ),
    "SF732": Code(
        "files that cannot be verified",
        "An app does not compile, so it keeps its files. Without --base nothing shows which files these are.",
        "sixfold verify  # while apps/ads/banner.yaml has an error",
        "Correct the manifest, or name the last verified commit with --base.",
    ),
    "SF735": Code(
        "a key that cannot sign",
        "The key of --sign is missing, is not an Ed25519 key in the format of OpenSSH, is encrypted, or is a file that "
        "other users may read. Nothing was compiled.",
        "sixfold compile --sign ~/.ssh/id_rsa",
        "Create a key for this purpose with `ssh-keygen -t ed25519 -N '' -C sixfold -f sixfold-signing`.",
    ),
}
