"""The signature of a tree: an SSH signature of its root inventory, in the file beside it.

The root inventory names the digest of every other file, and the fleet, the repository and the folder that the tree is
for. So one signature covers the complete tree, and signs it for one place.
"""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from sixfold_compiler.files.atomic import replace_file
from sixfold_compiler.tree.layout import ROOT, SIGNATURE
from sixfold_compiler.tree.reader import read_file

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["MAX_SIGNATURE", "remove_signature", "remove_stale", "write_signature"]

MAX_SIGNATURE = 4096  # bytes; an Ed25519 signature has about 300


def write_signature(out: Path, data: bytes) -> None:
    """Write the signature of a tree, unless the tree has it. Raises OSError."""
    if read_file(out / SIGNATURE) != data:
        replace_file(out / SIGNATURE, data, "signature")


def remove_signature(out: Path) -> bool:
    """Remove the signature of a tree, and return whether there was one. Raises OSError if it cannot be removed."""
    with contextlib.suppress(FileNotFoundError):
        (out / SIGNATURE).unlink()
        return True
    return False


def remove_stale(out: Path, *, changed: bool) -> bool:
    """Remove a signature that does not sign the root inventory, and return whether there was one.

    The owner of the key does not matter: only the generator knows whom it trusts.

    Args:
        out: The folder of the tree.
        changed: The root inventory is about to change, so no signature is right.

    Raises:
        OSError: The signature cannot be removed.
    """
    data = read_file(out / SIGNATURE)
    if data is not None and not changed and _signs(data, read_file(out / ROOT)):
        return False
    return remove_signature(out)


def _signs(data: bytes, root: bytes | None) -> bool:
    from sixfold_compiler.signing.sshsig import Signature, SignatureError  # noqa: PLC0415 - few trees are signed

    try:
        return root is not None and Signature.parse(data[: MAX_SIGNATURE + 1]).signs(root)
    except SignatureError:
        return False
