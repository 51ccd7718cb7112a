"""Markdown files as test suites: prose, input blocks, then the diagnostics they must give.

A case begins with a heading and ends with a block marked `diagnostics`. Blocks before it are files of a deploy repo:

* ```` ```yaml apps/shop/web.yaml ```` is that file;
* ```` ```escaped apps/shop/web.yaml ```` the same with Python's escapes for bytes that Markdown cannot hold;
* ```` ```link apps/shop/web.yaml ```` a symbolic link to its content.

SIXFOLD_REWRITE=1 writes what came out into the expected blocks; the diff is what there is to review.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["REWRITE", "Case", "check", "load"]

REWRITE = "SIXFOLD_REWRITE"
CASES = Path(__file__).resolve().parents[1] / "cases"
_PIECE = re.compile(
    r"^(?P<level>#+) (?P<title>[^\n]+)$|^```(?P<info>[^\n]*)\n(?P<body>.*?)^```$", re.MULTILINE | re.DOTALL
)


@dataclass(frozen=True)
class Case:
    """One case: its title, the files it is about, what is expected, and where that stands in its suite."""

    suite: Path
    title: str
    files: tuple[tuple[str, str, str], ...]  # kind, path, content
    expected: str
    start: int
    end: int

    def write(self, folder: Path) -> None:
        """Put the case's files into a folder."""
        for kind, path, content in self.files:
            place = folder / path
            place.parent.mkdir(parents=True, exist_ok=True)
            if kind == "link":
                place.symlink_to(content.strip())
            elif kind == "escaped":
                place.write_bytes(content.encode("latin-1").decode("unicode_escape").encode("latin-1"))
            else:
                place.write_text(content)


def load(folder: str) -> list[Case]:
    """Every case of the suites in a folder of tests/cases."""
    return [case for suite in sorted((CASES / folder).glob("*.md")) for case in _cases(suite)]


def check(case: Case, produce: Callable[[Case], str]) -> None:
    """Compare what a case gives with what it expects, or write it down."""
    actual = produce(case)
    if os.environ.get(REWRITE):
        fresh = next(c for c in _cases(case.suite) if c.title == case.title)
        text = case.suite.read_text()
        case.suite.write_text(text[: fresh.start] + actual + text[fresh.end :])
        return
    assert actual == case.expected


def _cases(suite: Path) -> list[Case]:
    cases, title, files = [], "", []
    for piece in _PIECE.finditer(suite.read_text()):
        if piece["title"]:
            title, files = piece["title"], []
            continue
        kind, _, path = piece["info"].partition(" ")
        if kind == "diagnostics":
            cases.append(Case(suite, title, tuple(files), piece["body"], piece.start("body"), piece.end("body")))
            files = []
        else:
            files.append((kind, path, piece["body"]))
    assert len({c.title for c in cases}) == len(cases), f"two cases of {suite.name} have one title"
    return cases
