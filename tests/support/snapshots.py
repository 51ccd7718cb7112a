"""Expected texts of tests, in files beside them. SIXFOLD_REWRITE=1 writes the actual texts; review the diff."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from sixfold_compiler.diagnostics import Diagnostic


def check_snapshot(text: str, file: Path) -> None:
    """Assert that the file holds exactly this text; with SIXFOLD_REWRITE, write the file."""
    if os.environ.get("SIXFOLD_REWRITE"):
        file.parent.mkdir(exist_ok=True)
        file.write_text(text)
    assert text == file.read_text(), f"{file.name} differs; SIXFOLD_REWRITE=1 writes it again"


def sentences(problems: Iterable[Diagnostic]) -> str:
    """Return findings as text: code, place and message of each on one line, and the help on the next ones."""
    lines = []
    for problem in problems:
        place = f" {problem.span}" if problem.span else ""
        lines.append(f"{problem.code}{place}: {problem.message}\n")
        lines += [f"  help: {line}\n" for line in problem.help.split("\n") if line]
    return "".join(lines)
