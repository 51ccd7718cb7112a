"""Staging: finished files wait in a folder outside the tree, and are renamed into place at the end of a compile."""

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
    """A file of the tree with new content; `name` is its file name in the staging folder."""

    name: str


@dataclass(frozen=True, slots=True)
class Staging:
    """A staging folder that several processes write to."""

    folder: Path
    checkpoint: Checkpoint = nothing
    _numbers: itertools.count[int] = field(default_factory=itertools.count)

    def put(self, path: str, data: bytes, objects: int, known: str | None = None, holds: str = "") -> FileEntry:
        """Stage a file of the tree, unless the tree already has the same content; return its entry.

        Args:
            path: The path in the tree.
            data: The content.
            objects: The number of Kubernetes objects in the file.
            known: The digest of the tree's file; None if there is no file or its content is uncertain.
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
