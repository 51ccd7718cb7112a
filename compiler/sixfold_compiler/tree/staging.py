"""Finished files on their way into the tree: staged under a name of no meaning, renamed into place at the end."""

from __future__ import annotations

import hashlib
import itertools
import os
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from sixfold_compiler.files.atomic import nothing

if TYPE_CHECKING:
    from pathlib import Path

    from sixfold_compiler.files.atomic import Checkpoint

__all__ = ["FileEntry", "Staging", "digest_of"]


@dataclass(frozen=True, slots=True)
class FileEntry:
    """A file of the tree: digest (`sha256:…`), bytes, objects; and where its new content is staged, if it is new.

    `holds` says which objects (`sixfold_compiler.kubernetes.identity.holds`).
    """

    digest: str
    size: int
    objects: int
    staged: str = ""
    holds: str = ""

    def record(self) -> dict[str, int | str]:
        """The entry as inventories write it."""
        entry: dict[str, int | str] = {"digest": self.digest, "objects": self.objects, "size": self.size}
        return entry | {"holds": self.holds} if self.holds else entry


@dataclass(frozen=True, slots=True)
class Staging:
    """A folder that several processes put files into."""

    folder: Path
    checkpoint: Checkpoint = nothing
    _numbers: itertools.count[int] = field(default_factory=itertools.count)

    def put(self, path: str, data: bytes, objects: int, known: str | None = None, holds: str = "") -> FileEntry:
        """Stage `data` for `path`, unless the tree's file is known to have that content.

        Raises:
            OSError: The file could not be written whole.
        """
        digest = digest_of(data)
        if known == digest:
            return FileEntry(digest, len(data), objects, "", holds)
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
        return FileEntry(digest, len(data), objects, name, holds)


def digest_of(data: bytes) -> str:
    """`sha256:` and the hex digest."""
    return "sha256:" + hashlib.sha256(data).hexdigest()
