"""The `json` format: one array with a record for each problem."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sixfold_compiler.diagnostics import Json
    from sixfold_compiler.diagnostics.diagnostic import Diagnostic, Span

__all__ = ["document", "record_of"]


def document(problems: Iterable[Diagnostic], *, verbose: bool) -> str:
    """Return the problems as an indented JSON array in ASCII; `verbose` adds the `detail` of each."""
    return json.dumps([record_of(problem, verbose=verbose) for problem in problems], indent=2, ensure_ascii=True) + "\n"


def record_of(problem: Diagnostic, *, verbose: bool = False) -> dict[str, Json]:
    """Return a problem as JSON data; `verbose` adds its `detail`."""
    record: dict[str, Json] = {
        "code": problem.code,
        "severity": problem.severity,
        "message": problem.message,
        "help": problem.help,
        "app": problem.app,
        "docs": f"docs/codes.md#{problem.code.lower()}",
        "place": _place(problem.span) if problem.span else None,
        "related": [_place(span) for span in problem.related],
    }
    if verbose:
        record["detail"] = problem.detail
    return record


def _place(span: Span) -> dict[str, Json]:
    return {"file": span.file, "line": span.line, "column": span.column, "label": span.label}
