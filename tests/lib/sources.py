"""The sources of the library, read as text: files, namespaces, and the folders that use each other."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tests.lib.library import LIBRARY

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["NAMES", "SOURCES", "code", "cycle", "edges", "namespaces"]

SOURCES = sorted(LIBRARY.rglob("*.libsonnet"))
NAMES = [str(path.relative_to(LIBRARY)) for path in SOURCES]
NAMESPACE = re.compile(r"^ +'?([\w-]+)'?:: \(import '(?:[\w-]+/)*\1/main\.libsonnet'\)", re.MULTILINE)
SYSTEM = re.compile(r"^ +'?[\w-]+'?:: \(import '([\w-]+)/([\w-]+)/main\.libsonnet'\)", re.MULTILINE)


def code(path: Path) -> str:
    """Return a source without comments and the contents of strings, line by line as it was."""
    text = re.sub(r"'(?:\\.|[^'\\\n])*'|\"(?:\\.|[^\"\\\n])*\"", "''", path.read_text())
    return re.sub(r"//.*$", "", text, flags=re.MULTILINE)


def namespaces(library: Path = LIBRARY) -> dict[str, str]:
    """Return every namespace with its folder: those of the table of contents, and those inside them."""
    pairs = {name: name for name in NAMESPACE.findall((library / "main.libsonnet").read_text())}
    if (systems := library / "systems.libsonnet").exists():
        pairs |= {f"systems.{slot}.{name}": f"{slot}/{name}" for slot, name in SYSTEM.findall(systems.read_text())}
    for name, folder in [*pairs.items()]:
        for inner in NAMESPACE.findall((library / folder / "main.libsonnet").read_text()):
            pairs[f"{name}.{inner}"] = f"{folder}/{inner}"
    return pairs


def edges(library: Path = LIBRARY) -> set[tuple[str, str]]:
    """Return every pair of folders of which the first uses the second, by an import or by a namespace.

    The table of contents at the top refers to every folder and does not count; nor does a folder's table of subfolders.
    """
    by_folder = {folder: name for name, folder in namespaces(library).items()}
    by_length = sorted(namespaces(library).items(), key=lambda item: -len(item[0]))
    pairs = set()
    for path in sorted(library.rglob("*.libsonnet")):
        current = path.parent.relative_to(library).as_posix()
        if current == ".":
            continue
        used = {
            (path.parent / literal).resolve().parent.relative_to(library.resolve()).as_posix()
            for literal in re.findall(r"import '([^']+)'", path.read_text())
        }
        for base, names in re.findall(r"\b(lib|here)\.([\w.]+)", code(path)):
            full = names if base == "lib" else f"{by_folder.get(current, current)}.{names}"
            owner = next((f for namespace, f in by_length if f"{full}.".startswith(f"{namespace}.")), None)
            used |= {owner} if owner else set()
        pairs |= {(current, folder) for folder in used if folder != current}
    return pairs


def cycle(graph: set[tuple[str, str]]) -> set[str]:
    """Return the folders in cycles and those that depend on them."""
    left = {folder for edge in graph for folder in edge}
    while bottom := {folder for folder in left if not any(a == folder and b in left for a, b in graph)}:
        left -= bottom
    return left
