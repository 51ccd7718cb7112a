"""Diagnostic records: a problem of an input, its place, and how to fix it.

Producers return or collect a `Diagnostic`; only the command line prints it (`sixfold_compiler.diagnostics.render`).
`sixfold_compiler.diagnostics.codes` has the table of codes, which the docs and the tests read.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["Diagnostic", "DiagnosticError", "Severity", "Span"]

Severity = Literal["error", "warning"]


@dataclass(frozen=True, order=True, slots=True)
class Span:
    """A place in a file that a person wrote.

    `file` is relative to the folder that the command was given, never absolute. `line` and `column` count from 1;
    line 0 means the complete file. `label` says why the place is shown. `length` counts columns; 0 means the word at
    the place.
    """

    file: str
    line: int = 0
    column: int = 0
    label: str = ""
    length: int = 0

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}" if self.line else self.file


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """One problem of an input: a stable code, a one-line message, its place, and how to fix it.

    `app` is `team/app` when the problem belongs to one app, which then fails alone. A problem without `app` belongs to
    the fleet, and nothing is written.
    """

    code: str
    message: str
    span: Span | None = None
    help: str = ""
    related: tuple[Span, ...] = ()
    severity: Severity = "error"
    app: str = ""
    detail: str = field(default="", compare=False)  # raw engine trace and the like, shown with --verbose

    @property
    def sort_key(self) -> tuple[str, int, int, str, str]:
        """Key that sorts a report by place, then code, then message."""
        span = self.span or Span("")
        return (span.file, span.line, span.column, self.code, self.message)

    def of(self, app: str) -> Diagnostic:
        """Return the same problem as one of `app` (`team/app`)."""
        return replace(self, app=app)


class DiagnosticError(Exception):
    """A step has no result; `diagnostics` are the problems that it collected before it stopped."""

    def __init__(self, diagnostics: Iterable[Diagnostic] | Diagnostic) -> None:
        self.diagnostics: tuple[Diagnostic, ...] = (
            (diagnostics,) if isinstance(diagnostics, Diagnostic) else tuple(diagnostics)
        )
        super().__init__("; ".join(f"{d.code}: {d.message}" for d in self.diagnostics))
