"""Files that a kill cannot tear: written whole beside their place, synced, then renamed.

Whoever writes passes named points on the way and hands each to a `Checkpoint`. In production that is `nothing`; the
fault harness (`python3 dev.py faults`) ends the process there, stops it, or raises what a failing disk would.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable
from pathlib import Path

__all__ = ["Checkpoint", "nothing", "replace", "replace_file", "sync"]

Checkpoint = Callable[[str], None]


def nothing(point: str) -> None:
    """The checkpoint of production: passes `point` and goes on."""


def replace(path: Path, data: bytes, what: str, checkpoint: Checkpoint) -> None:
    """Put `data` into `path`, so that at any instant the old content is there whole or the new.

    Args:
        path: The file, there or not. It is written as `<path>.tmp` first, which a kill leaves behind.
        data: What it is to hold.
        what: The file's name in the names of the points.
        checkpoint: Told each point as it is passed.

    Raises:
        OSError: The disk refused. `path` has its old content, unless the folder's last sync is what failed.
    """
    temporary = path.with_name(path.name + ".tmp")
    checkpoint(f"{what}: before open")
    with temporary.open("wb") as stream:
        checkpoint(f"{what}: opened")
        stream.write(data[: len(data) // 2])
        stream.flush()
        checkpoint(f"{what}: half written")
        stream.write(data[len(data) // 2 :])
        stream.flush()
        checkpoint(f"{what}: written")
        os.fsync(stream.fileno())
    checkpoint(f"{what}: synced")
    os.replace(temporary, path)
    checkpoint(f"{what}: renamed")
    sync(path.parent)
    checkpoint(f"{what}: folder synced")


def sync(path: Path) -> None:
    """Bring a file or a folder to the disk. Raises OSError."""
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def replace_file(path: Path, data: bytes) -> None:
    """Write a file whole or not at all.

    Raises:
        OSError: It cannot be written; what was there is still there.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(descriptor, "wb") as stream:
            stream.write(data)
            os.fchmod(stream.fileno(), path.stat().st_mode & 0o777 if path.exists() else 0o644)
            os.fsync(stream.fileno())
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
