"""The `concise` format: one line for each problem, `file:line:column: CODE message`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sixfold_compiler.diagnostics.render.color import BOLD, Paint, severity_color
from sixfold_compiler.diagnostics.text import printable

if TYPE_CHECKING:
    from sixfold_compiler.diagnostics.diagnostic import Diagnostic

__all__ = ["line"]


def line(problem: Diagnostic, paint: Paint) -> str:
    """Return the line of one problem. Without a source position it begins with the app, or with `sixfold`."""
    subject = printable(str(problem.span)) if problem.span else printable(problem.app) or "sixfold"
    return f"{paint(subject, BOLD)}: {paint(problem.code, severity_color(problem))} {printable(problem.message)}"
