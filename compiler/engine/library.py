"""The Jsonnet sources an evaluation may see: the library, and the fleet's folder; nothing else on the machine."""

from __future__ import annotations

import errno
import hashlib
import os
import stat
from dataclasses import dataclass, field
from pathlib import Path

__all__ = ["ConfinementError", "Library", "library_folder", "read_confined", "unreadable"]

MAX_SOURCE = 4 * 1024 * 1024  # bytes; the largest file that an import may bring in
_READ = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC


class ConfinementError(Exception):
    """An import that leaves its roots, or is not a regular file."""


def library_folder() -> Path:
    """Where Sixfold's own `lib/` is: inside the installed package, or beside it in a checkout."""
    package = Path(__file__).resolve().parent.parent
    packaged = package / "_lib"
    return packaged if packaged.is_dir() else package.parent / "lib"


def unreadable(error: Exception) -> str:
    """Why `read_confined` failed, in words that hold no path of this machine."""
    if isinstance(error, FileNotFoundError):
        return "no such file"
    if isinstance(error, OSError):
        return os.strerror(error.errno).lower() if error.errno else "it cannot be read"
    return str(error)


def read_confined(path: Path, root: Path, limit: int = MAX_SOURCE) -> bytes:
    """The bytes of a regular file under `root`, which no symbolic link, device or `..` can lead out of.

    Raises:
        ConfinementError: It is outside, not a regular file, or larger than `limit` bytes.
        FileNotFoundError: It does not exist.
    """
    if "\0" in str(path):
        raise ConfinementError(f"{path.name} is outside its folder")
    # A file that lies in the folder itself, and is no link, cannot be outside: the common case asks the system little.
    direct = _open_direct(path) if path.parent == root and path.name != ".." else None
    descriptor = _open_resolved(path, root) if direct is None else direct
    try:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            raise ConfinementError(f"{path.name} is not a regular file")
        if status.st_size > limit:
            raise ConfinementError(f"{path.name} is larger than {limit // 1024} KiB")
        with os.fdopen(descriptor, "rb", closefd=False) as stream:
            return stream.read(limit + 1)
    finally:
        os.close(descriptor)


def _open_direct(path: Path) -> int | None:
    try:
        return os.open(path, _READ)
    except OSError as error:
        if error.errno == errno.ELOOP:
            return None  # a link, which may lead anywhere
        raise


def _open_resolved(path: Path, root: Path) -> int:
    real_root = os.path.realpath(root)
    real = os.path.realpath(path)
    if os.path.commonpath([real_root, real]) != real_root:
        raise ConfinementError(f"{path.name} is outside its folder")
    descriptor = os.open(real, _READ)
    # What lies behind the descriptor is what is checked: a swap of the path after realpath changes nothing.
    opened = os.path.realpath(f"/proc/self/fd/{descriptor}") if os.path.isdir("/proc/self/fd") else real  # noqa: PTH112
    if os.path.commonpath([real_root, opened]) != real_root:
        os.close(descriptor)
        raise ConfinementError(f"{path.name} is outside its folder")
    return descriptor


@dataclass(frozen=True, slots=True)
class Library:
    """The roots of an evaluation, and a cache of what was read from them.

    `root` is Sixfold's library, `fleet` the folder of the fleet. With `fleet/lib/main.libsonnet` the library is
    extended by it.
    """

    root: Path
    fleet: Path
    _cache: dict[tuple[Path, str], bytes] = field(default_factory=dict, repr=False, compare=False)
    _imports: dict[tuple[str, str], tuple[str, bytes]] = field(default_factory=dict, repr=False, compare=False)

    @property
    def overlay(self) -> Path | None:
        """The platform team's extension of the library, where there is one."""
        path = self.fleet / "lib" / "main.libsonnet"
        return path if path.is_file() else None

    @property
    def digest(self) -> str:
        """A digest of every source that an evaluation of the library may read."""
        digest = hashlib.sha256()
        for name, folder in (("lib", self.root), ("overlay", self.fleet / "lib")):
            for path in sorted(folder.rglob("*")):
                if path.is_symlink() or path.is_file():
                    data = os.fsencode(path.readlink()) if path.is_symlink() else path.read_bytes()
                    digest.update(f"{name}/{path.relative_to(folder).as_posix()}\0{len(data)}\0".encode())
                    digest.update(data)
        return digest.hexdigest()

    def program(self, entry: str) -> str:
        """The Jsonnet source that calls `entry` of the (extended) library with the JSON of the argument `text`."""
        return f"function(text) {self._composed}.entries.{entry}(std.parseJson(text))"

    @property
    def app_program(self) -> str:
        """The source that calls the `app` entry for every app of `apps` in `text`, with its `fleet` for all of them."""
        return (
            f"function(text) local input = std.parseJson(text); local entries = {self._composed}.entries; "
            "local fleet = input.fleet; "
            "{ [key]: entries.app(input.apps[key] + { fleet: fleet }) for key in std.objectFields(input.apps) }"
        )

    @property
    def _composed(self) -> str:
        extension = " + (import 'overlay:main.libsonnet')" if self.overlay else ""
        return f"((import 'lib:main.libsonnet'){extension})"

    def read(self, folder: str, name: str) -> tuple[str, bytes]:
        """The file that `import name` means in a file of `folder`: its full name, and its bytes.

        Raises:
            ConfinementError: No root holds it.
        """
        # Every evaluation imports the same files again; working out what a name means costs more than reading it did.
        if (known := self._imports.get((folder, name))) is None:
            known = self._imports[folder, name] = self._read(folder, name)
        return known

    def _read(self, folder: str, name: str) -> tuple[str, bytes]:
        prefix, colon, rest = name.partition(":")
        # The extension is read from its own folder alone, so that its digest says all that it can depend on.
        extension = self.fleet / "lib"
        roots: tuple[Path, ...]
        near = extension if folder and extension in (Path(folder), *Path(folder).parents) else self.fleet
        if name == "fleet:":
            path, roots = self.fleet / "fleet.jsonnet", (self.fleet,)
        elif colon and prefix in ("lib", "overlay"):
            root = self.root if prefix == "lib" else extension
            path, roots = root / rest, (root,)
        elif name.startswith("sixfold/"):
            path, roots = self.root / name.removeprefix("sixfold/"), (self.root,)
        elif name.startswith("/"):
            raise ConfinementError(f"import {name!r}: absolute paths are refused")
        else:
            path, roots = Path(folder or ".") / name, (self.root, near)
        key = os.path.normpath(path)
        for root in roots:
            if (root, key) not in self._cache:
                try:
                    if root == extension:
                        read_confined(path, self.fleet)  # the folder may itself be a link that leads out
                    self._cache[root, key] = read_confined(path, root)
                except (ConfinementError, OSError, ValueError):
                    continue
            return key, self._cache[root, key]
        raise ConfinementError(f"import {name!r}: not found in the library or the fleet's folder")
