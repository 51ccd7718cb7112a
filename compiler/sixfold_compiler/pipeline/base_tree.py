"""The tree of the base commit, from which a verification takes what a compile keeps from the tree before it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sixfold_compiler.inputs.git import NoRevisionError, Revision, object_of
from sixfold_compiler.pipeline.baseline import unreadable
from sixfold_compiler.tree.layout import FACTS, INVENTORY, SIGNATURE
from sixfold_compiler.tree.reader import read_file, read_previous
from sixfold_compiler.tree.salvage import is_safe
from sixfold_compiler.tree.strangers import files_below, is_of_repository

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

__all__ = ["BaseTree", "read_base"]

_DEPTHS = {INVENTORY: (1, 4), FACTS: (3,)}  # of the paths of inventories and facts files, by name


@dataclass(frozen=True, slots=True)
class BaseTree:
    """The files of a tree in one commit, by path, each with the name of its git object."""

    commit: str
    objects: Mapping[str, str]

    def has(self, path: str, data: bytes) -> bool:
        """Return whether the file at `path` of the commit has exactly these bytes."""
        known = self.objects.get(path)
        return bool(known) and object_of(data, known or "") == known

    def equals(self, out: Path) -> bool:
        """Return whether the tree on disk has exactly the files of the commit.

        Raises:
            OSError: A folder cannot be read.
        """
        present = list(files_below(out))
        if len(present) != len(self.objects):
            return False
        return all((data := read_file(out / path)) is not None and self.has(path, data) for path in present)


def read_base(out: Path, revision: str, scratch: Path) -> BaseTree:
    """List the files of the tree `out` in a commit, and write the commit's inventories into the folder `scratch`.

    Raises:
        DiagnosticError: SF714, there is no such commit, it has no tree, or its inventories do not match each other.
    """
    try:
        with Revision(out, revision) as files:
            listing = {path: blob for path, blob in files.listing().items() if path != SIGNATURE}
            if (out / ".git").exists():
                listing = {path: blob for path, blob in listing.items() if not is_of_repository(path)}
            for path, blob in listing.items():
                data = files.read(path) if blob and _is_inventory(path) else None
                if data is not None:
                    place = scratch / path
                    place.parent.mkdir(parents=True, exist_ok=True)
                    place.write_bytes(data)
    except NoRevisionError as error:
        raise unreadable(revision, str(error)) from None
    previous = read_previous(scratch)
    if not previous.exists:
        raise unreadable(revision, f"it has no tree in {out.name}/")
    if previous.torn:
        raise unreadable(revision, "the inventories of its tree do not match each other")
    return BaseTree(revision, listing)


def _is_inventory(path: str) -> bool:
    parts = path.split("/")
    return len(parts) in _DEPTHS.get(parts[-1], ()) and is_safe(path)
