"""Staging: finished files in a folder outside the tree, from which they are renamed into place at the end of a run."""

from __future__ import annotations

import itertools
import os
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from sixfold_compiler.files.atomic import nothing
from sixfold_compiler.model.inventory import FileEntry, digest_of

if TYPE_CHECKING:
    from pathlib import Path

    from sixfold_compiler.files.atomic import Checkpoint

__all__ = ["StagedFile", "Staging"]


@dataclass(frozen=True, slots=True)
class StagedFile(FileEntry):
    """A file of the tree whose content is new: `name` is the file in the staging folder."""

    name: str = field(kw_only=True)


@dataclass(frozen=True, slots=True)
class Staging:
    """A folder into which several processes stage files."""

    folder: Path
    checkpoint: Checkpoint = nothing
    _numbers: itertools.count[int] = field(default_factory=itertools.count)

    def put(self, path: str, data: bytes, objects: int, known: str | None = None, holds: str = "") -> FileEntry:
        """Stage a file of the tree, unless its content there is the same.

        Args:
            path: The path in the tree.
            data: The content.
            objects: The number of Kubernetes objects in it.
            known: The digest of the tree's file; None where there is no file or its content is uncertain.
            holds: The identities of the objects (`sixfold_compiler.kubernetes.identity.holds`).

        Raises:
            OSError: The file could not be written completely.
        """
        digest = digest_of(data)
        if known == digest:
            return FileEntry(digest, len(data), objects, holds=holds)
        name = f"{os.getpid()}-{next(self._numbers)}"
        self.checkpoint("staged: before open")
        descriptor = os.open(self.folder / name, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o644)
        try:
            self.checkpoint("staged: opened")
            written = os.write(descriptor, data)
            if written != len(data):
                raise OSError(28, f"short write for {path}")
        finally:
            os.close(descriptor)
        self.checkpoint("staged: written")
        return StagedFile(digest, len(data), objects, holds=holds, name=name)
