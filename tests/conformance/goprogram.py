"""A program that Go builds from its module; `go.mod` and `go.sum` in a folder pin it and its dependencies."""

from __future__ import annotations

import hashlib
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path

from tests.conformance.gomodules import (
    Unavailable,
    cache,
    check_allowed,
    find_go,
    forget,
    go_build,
    only_one,
    unreachable,
)

PATIENCE = 30 * 60  # seconds for a cold build on a machine that is busy


@dataclass(frozen=True)
class GoProgram:
    """A program: its name, the package that Go builds, and the folder with the pins."""

    name: str
    package: str
    folder: Path

    def build(self) -> Path:
        """Return the program, built once for each state of the two files and kept outside the checkout.

        Raises:
            Unavailable: there is no go, or no network.
        """
        check_allowed(self.name)
        go = find_go()
        if go is None:
            raise Unavailable(f"{self.name} is built from its Go module: there is no go in PATH")
        binary = self.kept()
        with only_one(self.name):
            if not binary.exists():
                forget(f"{self.name}-*")
                with tempfile.TemporaryDirectory(dir=binary.parent) as scratch:
                    for path in self._pins():
                        shutil.copy(path, scratch)
                    self._run(go, Path(scratch))
                    (Path(scratch) / self.name).replace(binary)
            binary.touch()
        return binary

    def kept(self) -> Path:
        """Return the path of the program in the cache; its name is a digest of the two files."""
        digest = hashlib.sha256(b"\0".join(path.read_bytes() for path in self._pins())).hexdigest()
        return cache() / f"{self.name}-{digest[:16]}"

    def _pins(self) -> list[Path]:
        return [self.folder / "go.mod", self.folder / "go.sum"]

    def _run(self, go: str, folder: Path) -> None:
        options = ("-ldflags=-s -w", "-o", self.name, self.package)
        if output := go_build(go, folder, *options, patience=PATIENCE):
            if why := unreachable(output):
                raise Unavailable(f"{self.name} cannot be fetched from the Go module proxy: {why}")
            raise RuntimeError(f"{self.name} does not build:\n{output[-6000:]}")
