"""Jsonnet sources that an evaluation may read: the library and the fleet's folder, and no other files."""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass, field
from pathlib import Path

from sixfold_compiler.files.confined import ConfinementError, read_confined

__all__ = ["Library", "library_folder"]


def library_folder() -> Path:
    """Return the folder of Sixfold's own library `lib/`: in the installed package, or at the top of a checkout."""
    package = Path(__file__).resolve().parent.parent
    packaged = package / "_lib"
    return packaged if packaged.is_dir() else package.parent.parent / "lib"


@dataclass(frozen=True, slots=True)
class Library:
    """The root folders that an evaluation may read, and a cache of the files read from them.

    `root` is the folder of Sixfold's library, and `fleet` the folder of the fleet. If `fleet/lib/main.libsonnet`
    exists, it extends the library.
    """

    root: Path
    fleet: Path
    _cache: dict[tuple[Path, str], bytes] = field(default_factory=dict, repr=False, compare=False)
    _imports: dict[tuple[str, str], tuple[str, bytes]] = field(default_factory=dict, repr=False, compare=False)
    _digests: list[str] = field(default_factory=list, repr=False, compare=False)  # one, once it was computed

    @property
    def overlay(self) -> Path | None:
        """The path of the platform team's extension of the library; None if there is none."""
        path = self.fleet / "lib" / "main.libsonnet"
        return path if path.is_file() else None

    @property
    def digest(self) -> str:
        """The digest of all sources that an evaluation of the library may read, as they were at the first use."""
        if not self._digests:
            self._digests.append(self._digest())
        return self._digests[0]

    def _digest(self) -> str:
        digest = hashlib.sha256()
        for name, folder in (("lib", self.root), ("overlay", self.fleet / "lib")):
            for path in sorted(folder.rglob("*")):
                if path.is_symlink() or path.is_file():
                    data = os.fsencode(path.readlink()) if path.is_symlink() else path.read_bytes()
                    digest.update(f"{name}/{path.relative_to(folder).as_posix()}\0{len(data)}\0".encode())
                    digest.update(data)
        return digest.hexdigest()

    def program(self, entry: str) -> str:
        """Return a Jsonnet program that calls `entry` of the extended library with the JSON in the argument `text`."""
        return f"function(text) {self._composed}.entries.{entry}(std.parseJson(text))"

    @property
    def app_program(self) -> str:
        """The Jsonnet program that calls the entry `app` for each of `apps` in the argument `text`."""
        return (
            f"function(text) local input = std.parseJson(text); local entries = {self._composed}.entries; "
            "local shared = { fleet: input.fleet, choices: input.choices }; "
            "{ [key]: entries.app(input.apps[key] + shared) for key in std.objectFields(input.apps) }"
        )

    @property
    def units_program(self) -> str:
        """The Jsonnet program that calls, for each unit in the argument `text`, the unit's `entry` with its `input`."""
        return (
            f"function(text) local units = std.parseJson(text); local entries = {self._composed}.entries; "
            "{ [name]: entries[units[name].entry](units[name].input) for name in std.objectFields(units) }"
        )

    @property
    def _composed(self) -> str:
        extension = " + (import 'overlay:main.libsonnet')" if self.overlay else ""
        return f"((import 'lib:main.libsonnet'){extension})"

    def read(self, folder: str, name: str) -> tuple[str, bytes]:
        """Resolve `import name` in a file of `folder`; return the path of the imported file, and its bytes.

        Raises:
            ConfinementError: The file is outside of the root folders.
        """
        # Every evaluation imports the same files again; working out what a name means costs more than reading it did.
        if (known := self._imports.get((folder, name))) is None:
            known = self._imports[folder, name] = self._read(folder, name)
        return known

    def _read(self, folder: str, name: str) -> tuple[str, bytes]:
        prefix, colon, relative = name.partition(":")
        # The extension is read from its own folder alone, so that its digest says all that it can depend on.
        extension = self.fleet / "lib"
        roots: tuple[Path, ...]
        near = extension if folder and extension in (Path(folder), *Path(folder).parents) else self.fleet
        if name == "fleet:":
            path, roots = self.fleet / "fleet.jsonnet", (self.fleet,)
        elif colon and prefix in ("lib", "overlay"):
            root = self.root if prefix == "lib" else extension
            path, roots = root / relative, (root,)
        elif name.startswith("sixfold/"):
            path, roots = self.root / name.removeprefix("sixfold/"), (self.root,)
        elif name.startswith("/"):
            raise ConfinementError(f"the import {name!r} is an absolute path, which is not allowed")
        else:
            path, roots = Path(folder) / name, (self.root, near)
        key = os.path.normpath(path)
        for root in roots:
            if (root, key) not in self._cache:
                try:
                    if root == extension:
                        read_confined(path, self.fleet)  # the folder may itself be a link to another place
                    self._cache[root, key] = read_confined(path, root)
                except (ConfinementError, OSError, ValueError):
                    continue
            return key, self._cache[root, key]
        raise ConfinementError(f"the imported file {name!r} is not in the library or the fleet's folder")
