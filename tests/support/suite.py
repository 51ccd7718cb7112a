"""Markdown files as test suites: prose, input blocks, and blocks with the expected output.

An input block names a file of a deploy repository:

* ```` ```yaml apps/shop/web.yaml ```` is that file (`jsonnet`, `json` and `text` work the same);
* ```` ```escaped apps/shop/web.yaml ```` is the same with Python's escapes for bytes that Markdown cannot hold;
* ```` ```link apps/shop/web.yaml ```` is a symbolic link to its content.

A suite of cases (`load`) has a heading for each case, its input blocks, and its expected block at its end:
`diagnostics`, unless the loader names another kind.
A page (`load_pages`) is one deploy repository in prose. See `tests.support.pages` for its expected blocks.

SIXFOLD_REWRITE=1 writes the actual output into the expected blocks. Review the diff before you commit it.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

__all__ = ["CASES", "REWRITE", "Block", "Case", "blocks", "check", "load", "rewriting", "write_inputs"]

REWRITE = "SIXFOLD_REWRITE"
CASES = Path(__file__).resolve().parents[1] / "cases"
_PIECE = re.compile(
    r"^(?P<level>#+) (?P<title>[^\n]+)$|^```(?P<info>[^\n]*)\n(?P<body>.*?)^```$", re.MULTILINE | re.DOTALL
)


@dataclass(frozen=True)
class Block:
    """A heading (kind `#`, with its title as body) or a fenced block of a Markdown file."""

    kind: str
    path: str
    body: str
    start: int
    end: int


@dataclass(frozen=True)
class Case:
    """One case: its title, its input blocks, the expected output, and the place of that output in its suite."""

    suite: Path
    title: str
    files: tuple[Block, ...]
    output: str
    expected: str
    start: int
    end: int

    def write(self, folder: Path) -> None:
        """Write the input files of the case into a folder."""
        write_inputs(folder, self.files)


def blocks(text: str) -> Iterator[Block]:
    """Yield every heading and fenced block in order."""
    for piece in _PIECE.finditer(text):
        if piece["title"]:
            yield Block("#", "", piece["title"], piece.start("title"), piece.end("title"))
        else:
            kind, _, path = piece["info"].partition(" ")
            yield Block(kind, path, piece["body"], piece.start("body"), piece.end("body"))


def write_inputs(folder: Path, files: Iterable[Block]) -> None:
    """Write input blocks into a folder as the files that they name."""
    for block in files:
        place = folder / block.path
        place.parent.mkdir(parents=True, exist_ok=True)
        if block.kind == "link":
            place.symlink_to(block.body.strip())
        elif block.kind == "escaped":
            place.write_bytes(block.body.encode("latin-1").decode("unicode_escape").encode("latin-1"))
        else:
            place.write_text(block.body)


def rewriting() -> bool:
    """Return whether this run rewrites expected blocks."""
    return bool(os.environ.get(REWRITE))


def load(folder: str, output: str = "diagnostics") -> list[Case]:
    """Return every case of the suites in a folder of tests/cases; `output` is the kind of the expected blocks."""
    return [case for suite in sorted((CASES / folder).glob("*.md")) for case in _cases(suite, output)]


def check(case: Case, produce: Callable[[Case], str]) -> None:
    """Compare the output of a case with the expected block, or rewrite that block."""
    actual = produce(case)
    if rewriting():
        fresh = next(c for c in _cases(case.suite, case.output) if c.title == case.title)
        text = case.suite.read_text()
        case.suite.write_text(text[: fresh.start] + actual + text[fresh.end :])
        return
    assert actual == case.expected


def _cases(suite: Path, output: str) -> list[Case]:
    cases, title, files = [], "", []
    for block in blocks(suite.read_text()):
        if block.kind == "#":
            title, files = block.body, []
        elif block.kind == output:
            cases.append(Case(suite, title, tuple(files), output, block.body, block.start, block.end))
            files = []
        else:
            files.append(block)
    assert len({c.title for c in cases}) == len(cases), f"two cases of {suite.name} have one title"
    return cases
