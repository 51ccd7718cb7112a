"""Diagnostics as text, in one of four formats.

`full` shows the source line with a caret, related places, help and where to read more; `concise` is one line for each
problem; `json` is one array; `github` is workflow commands, which GitHub shows beside the changed lines. Text from
inputs passes `printable`, or is escaped as JSON, so that a manifest cannot write control characters to a terminal.
Not rich: it takes 77 ms to import.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, get_args

from sixfold_compiler.diagnostics.render import concise, full, github, json
from sixfold_compiler.diagnostics.render.color import Paint
from sixfold_compiler.diagnostics.render.sources import SourceLines
from sixfold_compiler.diagnostics.text import counted

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from sixfold_compiler.diagnostics.diagnostic import Diagnostic

__all__ = ["FORMATS", "Format", "SourceLines", "render", "tally"]

Format = Literal["full", "concise", "json", "github"]
FORMATS: tuple[str, ...] = get_args(Format)


def render(
    diagnostics: Iterable[Diagnostic],
    style: Format,
    *,
    sources: SourceLines,
    color: bool = False,
    verbose: bool = False,
    prefix: str = "",
) -> str:
    """Return all problems as text, sorted by position, with a newline at the end.

    Without problems the text is empty, or `[]` for `json`.

    Args:
        diagnostics: The problems, in any order.
        style: The format.
        sources: The files that source lines are quoted from.
        color: Use ANSI colors (`full` and `concise` only).
        verbose: Add the raw detail, such as an engine's trace (`full` and `json` only).
        prefix: A path put before every file name for `github`, whose paths start at the repository.
    """
    ordered = sorted(diagnostics, key=lambda problem: problem.sort_key)
    match style:
        case "json":
            return json.document(ordered, verbose=verbose)
        case "github":
            return "".join(github.command(problem, prefix) + "\n" for problem in ordered)
        case "concise":
            return "".join(concise.line(problem, Paint(color)) + "\n" for problem in ordered)
        case "full":
            return "".join(full.block(problem, sources, Paint(color), verbose=verbose) + "\n" for problem in ordered)


def tally(diagnostics: Sequence[Diagnostic]) -> str:
    """Return the number of problems in words: `2 errors and 1 warning`, or `no findings`."""
    errors = sum(problem.severity == "error" for problem in diagnostics)
    warnings = len(diagnostics) - errors
    parts = [counted(errors, "error")] if errors else []
    parts += [counted(warnings, "warning")] if warnings else []
    return " and ".join(parts) or "no findings"
