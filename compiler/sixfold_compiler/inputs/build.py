"""The identity of the program: what decides the bytes of a tree beside the deploy repo and the Jsonnet library.

Two builds with one version number can write different bytes, for example a checkout in which the emitter was changed.
So the sources of Sixfold and the versions of the Jsonnet engines are part of the digest of every input.
"""

from __future__ import annotations

import hashlib
import os
import re
from functools import cache
from importlib.metadata import PackageNotFoundError, distribution
from typing import TYPE_CHECKING

from sixfold_compiler import __version__

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["build_identity"]

ENGINES = ("rjsonnet", "jsonnet")
_VERSION = re.compile(r"^Version: *(\S+)$", re.MULTILINE)  # in the header, which comes before the description
# Rooms that write no byte of the tree: a change of a help text does not make every tree outdated.
_WITHOUT = frozenset({"cli", "operations", "migration", "whatif", "preview", "live", "signing"})


@cache
def build_identity() -> str:
    """Return the digest of the version, the engines' versions, and the sources that decide the bytes of a tree."""
    digest = hashlib.sha256("\0".join([__version__, *(f"{name} {_version(name)}" for name in ENGINES)]).encode())
    package = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))  # noqa: PTH100, PTH120 - 160 small reads
    for name, path in _sources(package, ""):
        data = _read(path)
        digest.update(f"\0{name}\0{len(data)}\0".encode())
        digest.update(data)
    return f"sha256:{digest.hexdigest()}"


def _sources(folder: str, inside: str) -> Iterator[tuple[str, str]]:
    """Yield the name and the path of each source file. Folders that begin with `_` hold no code of the package."""
    with os.scandir(folder) as listing:
        entries = sorted(listing, key=lambda entry: entry.name)
    for entry in entries:
        if entry.is_dir():
            if not entry.name.startswith("_") and (inside or entry.name not in _WITHOUT):
                yield from _sources(entry.path, f"{inside}{entry.name}/")
        elif not entry.name.startswith("."):
            yield inside + entry.name, entry.path


def _read(path: str) -> bytes:
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        with os.fdopen(descriptor, "rb", buffering=0, closefd=False) as stream:
            return stream.read()
    finally:
        os.close(descriptor)


def _version(package: str) -> str:
    try:
        installed = distribution(package)
    except PackageNotFoundError:
        return "unknown"
    # `version` parses the complete description of the package, which takes 2 ms at each start.
    stated = _VERSION.search(installed.read_text("METADATA") or "")
    return stated[1] if stated else installed.version
