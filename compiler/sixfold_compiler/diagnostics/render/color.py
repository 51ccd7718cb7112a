"""ANSI colors for the output formats that people read in a terminal."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sixfold_compiler.diagnostics.diagnostic import Diagnostic

__all__ = ["BLUE", "BOLD", "Paint", "severity_color"]

RESET = "\x1b[0m"
BOLD, RED, YELLOW, BLUE = "\x1b[1m", "\x1b[1;31m", "\x1b[1;33m", "\x1b[1;34m"


@dataclass(frozen=True, slots=True)
class Paint:
    """A callable that wraps text in an ANSI style if colors are on."""

    on: bool

    def __call__(self, text: str, style: str) -> str:
        """Return `text` in `style`, or unchanged if colors are off or the text is empty."""
        return f"{style}{text}{RESET}" if self.on and text else text


def severity_color(problem: Diagnostic) -> str:
    """Return the style of the problem's severity: red for an error, yellow for a warning."""
    return RED if problem.severity == "error" else YELLOW
