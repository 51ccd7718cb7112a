"""The sources of the library, read as text: files, namespaces, and the names that they define and use."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tests.lib.library import LIBRARY

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["NAMES", "SOURCES", "code", "edges", "namespaces"]

SOURCES = sorted(LIBRARY.rglob("*.libsonnet"))
NAMES = [str(path.relative_to(LIBRARY)) for path in SOURCES]


def code(path: Path) -> str:
    """Return a source without comments and the contents of strings, line by line as it was."""
    text = re.sub(r"'(?:\\.|[^'\\\n])*'|\"(?:\\.|[^\"\\\n])*\"", "''", path.read_text())
    return re.sub(r"//.*$", "", text, flags=re.MULTILINE)


def namespaces() -> dict[str, str]:
    """Return every namespace with its folder: those of the table of contents, and `gateway.envoy`."""
    found = {
        name: name
        for name in re.findall(r"^  (\w+):: \(import '\1/main\.libsonnet'\)", _text("main.libsonnet"), re.MULTILINE)
    }
    for name in [*found]:
        for inner in re.findall(
            r"^ +(\w+):: \(import '\1/main\.libsonnet'\)", _text(f"{name}/main.libsonnet"), re.MULTILINE
        ):
            found[f"{name}.{inner}"] = f"{name}/{inner}"
    return found


def edges() -> set[tuple[str, str]]:
    """Return every pair of folders of which the first uses the second, by an import or by a namespace."""
    by_length = sorted(namespaces().items(), key=lambda item: -len(item[0]))
    found = set()
    for name, path in zip(NAMES, SOURCES, strict=True):
        here = name.rpartition("/")[0]
        if not here:
            continue  # the table of contents and the entries know every namespace
        used = {
            (path.parent / literal).resolve().parent.relative_to(LIBRARY).as_posix()
            for literal in re.findall(r"import '([^']+)'", path.read_text())
        }
        for base, names in re.findall(r"\b(lib|here)\.([\w.]+)", code(path)):
            full = names if base == "lib" else f"{here.replace('/', '.')}.{names}"
            owner = next((f for namespace, f in by_length if f"{full}.".startswith(f"{namespace}.")), None)
            used |= {owner} if owner else set()
        found |= {(here, folder) for folder in used if folder != here}
    return found


def _text(name: str) -> str:
    return (LIBRARY / name).read_text()
