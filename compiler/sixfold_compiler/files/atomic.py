"""Atomic replacement of files: a kill at any moment leaves either the old content or the new one.

A writing function reports named points to a `Checkpoint` as it passes them. In production the checkpoint is `nothing`;
the fault harness (`python3 dev.py faults`) kills or stops the process at a point, or raises the error of a failing
disk.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["Checkpoint", "nothing", "replace_file", "sync"]

Checkpoint = Callable[[str], None]


def nothing(point: str) -> None:
    """Do nothing at the point `point`. This is the checkpoint of production."""


def replace_file(
    path: Path, data: bytes, name: str = "file", checkpoint: Checkpoint = nothing, *, durable: bool = True
) -> None:
    """Replace the content of a file atomically; create the file and its folders if they do not exist.

    The content is written to `.<file>.<process id>.tmp` beside the file and then renamed; a kill may leave this
    temporary file behind. An existing file keeps its permissions.

    Args:
        path: The file.
        data: The new content.
        name: The file's name in the names of the points.
        checkpoint: Called with the name of each point that is passed.
        durable: Sync the file and its folder to the disk, so that the content survives a crash of the machine.

    Raises:
        OSError: The file cannot be written. It keeps its old content, unless only the last sync of its folder failed.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        _write(temporary, data, name, checkpoint, durable=durable)
        with contextlib.suppress(FileNotFoundError):
            temporary.chmod(path.stat().st_mode & 0o777)
        os.replace(temporary, path)
    except BaseException:
        with contextlib.suppress(OSError):
            temporary.unlink()
        raise
    checkpoint(f"{name}: renamed")
    if durable:
        sync(path.parent)
        checkpoint(f"{name}: folder synced")


def _write(temporary: Path, data: bytes, name: str, checkpoint: Checkpoint, *, durable: bool) -> None:
    checkpoint(f"{name}: before open")
    flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW | os.O_CLOEXEC
    with os.fdopen(os.open(temporary, flags, 0o644), "wb") as stream:
        checkpoint(f"{name}: opened")
        stream.write(data[: len(data) // 2])
        stream.flush()
        checkpoint(f"{name}: half written")
        stream.write(data[len(data) // 2 :])
        stream.flush()
        checkpoint(f"{name}: written")
        if durable:
            os.fsync(stream.fileno())
            checkpoint(f"{name}: synced")


def sync(path: Path) -> None:
    """Sync a file or a folder to the disk. Raises OSError if that fails."""
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
