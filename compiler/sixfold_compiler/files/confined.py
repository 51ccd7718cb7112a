"""Read files that must be inside a folder, no matter which links or `..` their paths contain."""

from __future__ import annotations

import errno
import os
import stat
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["MAX_SOURCE", "ConfinementError", "read_confined", "unreadable"]


MAX_SOURCE = 4 * 1024 * 1024  # bytes; the largest file that an import may bring in

_REASONS = {
    errno.ENOENT: "it does not exist",
    errno.EACCES: "this user may not read it",
    errno.EPERM: "this user may not read it",
    errno.ELOOP: "its symbolic links lead in a circle",
    errno.EISDIR: "it is a folder",
    errno.ENOTDIR: "a part of its path is not a folder",
}
_READ = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC


class ConfinementError(Exception):
    """The error of a path that leads out of its root folder, or is not a regular file. Its text begins with "it"."""


def unreadable(error: Exception) -> str:
    """Return the reason why `read_confined` failed, without revealing a path of this machine."""
    if isinstance(error, OSError):
        return _REASONS.get(error.errno or 0) or (os.strerror(error.errno).lower() if error.errno else "it is damaged")
    return str(error)


def read_confined(path: Path, root: Path, limit: int = MAX_SOURCE) -> bytes:
    """Return the bytes of a regular file under `root`. Links, devices and `..` that lead out of `root` are rejected.

    Raises:
        ConfinementError: The file is outside of `root`, not a regular file, or larger than `limit` bytes.
        FileNotFoundError: The file does not exist.
    """
    if "\0" in str(path):
        raise ConfinementError("its name contains a NUL character")
    # A file directly in the folder that is no link cannot be outside; the common case needs few system calls.
    direct = _open_direct(path) if path.parent == root and path.name != ".." else None
    descriptor = _open_resolved(path, root) if direct is None else direct
    try:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            raise ConfinementError("it is not a regular file")
        if status.st_size > limit:
            raise ConfinementError(f"it is larger than {limit // 1024} KiB")
        with os.fdopen(descriptor, "rb", closefd=False) as stream:
            return stream.read(limit + 1)
    finally:
        os.close(descriptor)


def _open_direct(path: Path) -> int | None:
    try:
        return os.open(path, _READ)
    except OSError:
        return None  # a link, which may lead anywhere; any other error comes again


def _open_resolved(path: Path, root: Path) -> int:
    real_root = os.path.realpath(root)
    real = os.path.realpath(path)
    if os.path.commonpath([real_root, real]) != real_root:
        raise ConfinementError("it is outside the folder that may be read")
    descriptor = os.open(real, _READ)
    # The check is made on the descriptor, so replacing the path after realpath has no effect.
    opened = os.path.realpath(f"/proc/self/fd/{descriptor}") if os.path.isdir("/proc/self/fd") else real  # noqa: PTH112
    if os.path.commonpath([real_root, opened]) != real_root:
        os.close(descriptor)
        raise ConfinementError("it is outside the folder that may be read")
    return descriptor
