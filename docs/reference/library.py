"""Write docs/library.md from the doc comments of lib/: every name of the library that an extension may replace."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["Field", "library_page", "namespaces", "write_library"]

DOCS = Path(__file__).resolve().parents[1]
LIBRARY = DOCS.parent / "lib"
_NAMESPACE = re.compile(
    r"^ +(?P<name>'?[\w-]+'?):: \(import '(?P<folder>[\w/-]+)/main\.libsonnet'\)\(lib\),$", re.MULTILINE
)
_PART = re.compile(r"\(import '(?P<file>[\w-]+\.libsonnet)'\)\(lib\)")
_FIELD = re.compile(r"^(?P<indent> {2}| {4})(?P<name>\w+)(?P<parameters>\([^)]*\))?:{1,2}")
INTRODUCTION = """\
# The library

<!-- Generated from the comments in lib/: `python3 dev.py docs`. -->

Every name that an extension may replace, by namespace; [extending-the-library.md](extending-the-library.md) says how.
`app`, `cell`, `share` and `ctx` are the records that the compiler and the library pass: their fields are the defaults
of `overlay`, `network` and `cluster`.
"""


@dataclass(frozen=True, slots=True)
class Field:
    """A public name of the library: its signature, the first line of its comment, and the file that defines it."""

    signature: str
    doc: str
    file: str


def write_library(folder: Path = DOCS) -> Path:
    """Write library.md into `folder` and return its path."""
    path = folder / "library.md"
    path.write_text(library_page(), "utf-8")
    return path


def library_page() -> str:
    """Return the page: a section for each namespace, with a table of its functions and one of its defaults."""
    lines = [INTRODUCTION]
    for name, folder in namespaces():
        main = (LIBRARY / folder / "main.libsonnet").read_text("utf-8")
        lines += [f"## {name}", "", _summary(main), ""]
        fields = [field for file in _parts(folder, main) for field in _fields(file, "  ")]
        lines += _table("function or value", fields)
        defaults = [field for file in _parts(folder, main) for field in _defaults(file)]
        if defaults:
            lines += _table("default", defaults)
    return "\n".join(lines).rstrip("\n") + "\n"


def namespaces() -> Iterator[tuple[str, str]]:
    """Yield every namespace with its folder, in the order of lib/main.libsonnet and lib/systems.libsonnet."""
    for match in _NAMESPACE.finditer((LIBRARY / "main.libsonnet").read_text("utf-8")):
        yield from _with_inner(match["name"], match["folder"])
    for match in _NAMESPACE.finditer((LIBRARY / "systems.libsonnet").read_text("utf-8")):
        yield from _with_inner(f"systems.{match['folder'].replace('/', '.')}", match["folder"])


def _with_inner(name: str, folder: str) -> Iterator[tuple[str, str]]:
    yield name, folder
    for inner in _NAMESPACE.finditer((LIBRARY / folder / "main.libsonnet").read_text("utf-8")):
        yield f"{name}.{inner['name']}", f"{folder}/{inner['folder']}"


def _parts(folder: str, main: str) -> list[Path]:
    return [LIBRARY / folder / name for name in ("main.libsonnet", *_PART.findall(main))]


def _summary(main: str) -> str:
    comment = re.match(r"(?:// ?[^\n]*\n)+", main)
    text = "\n".join(line[2:].strip() for line in (comment[0] if comment else "").splitlines())
    return text.strip()


def _fields(file: Path, indent: str) -> Iterator[Field]:
    lines = file.read_text("utf-8").splitlines()
    for index, line in enumerate(lines):
        match = None if _NAMESPACE.match(line) else _FIELD.match(line)
        if match and match["indent"] == indent and match["name"] != "defaults" and "::" in match[0]:
            yield _field(match, lines, index, file)


def _defaults(file: Path) -> Iterator[Field]:
    lines = file.read_text("utf-8").splitlines()
    if "  defaults:: {" in lines:
        start = lines.index("  defaults:: {")
        for index in range(start + 1, lines.index("  },", start)):
            match = _FIELD.match(lines[index])
            if match and match["indent"] == "    ":
                yield _field(match, lines, index, file)


def _field(match: re.Match[str], lines: list[str], index: int, file: Path) -> Field:
    first = index
    while lines[first - 1].lstrip().startswith("//"):
        first -= 1
    doc = lines[first].strip().removeprefix("//").strip()
    return Field(match["name"] + (match["parameters"] or ""), doc, file.relative_to(LIBRARY).as_posix())


def _table(head: str, fields: list[Field]) -> list[str]:
    rows = [f"| `{f.signature}` | {f.doc.replace('|', chr(92) + '|')} | [{f.file}](../lib/{f.file}) |" for f in fields]
    return [f"| {head} | | in |", "| --- | --- | --- |", *rows, ""]
