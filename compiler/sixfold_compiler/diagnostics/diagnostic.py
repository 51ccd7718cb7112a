"""Diagnostic records: a problem of an input, its source position, and how to fix it.

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
    """A position in a file that a person wrote.

    `file` is relative to the folder that the command was given, never absolute. `line` and `column` count from 1; line
    0 means the complete file. `label` says why the position is shown. `length` counts columns; 0 means the word at the
    position.
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
    """One problem of an input: a stable code, a one-line message, its source position, and how to fix it.

    `app` is the `team/app` that the problem belongs to; only that app fails. A problem without `app` belongs to the
    fleet, and then nothing is written.
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
        """The key that sorts a report by position, then by code, then by message."""
        span = self.span or Span("")
        return (span.file, span.line, span.column, self.code, self.message)

    def of(self, app: str) -> Diagnostic:
        """Return a copy of the diagnostic that belongs to `app` (`team/app`)."""
        return replace(self, app=app)


class DiagnosticError(Exception):
    """The error of a step that cannot return a result; `diagnostics` are the problems collected before it stopped."""

    def __init__(self, diagnostics: Iterable[Diagnostic] | Diagnostic) -> None:
        self.diagnostics: tuple[Diagnostic, ...] = (
            (diagnostics,) if isinstance(diagnostics, Diagnostic) else tuple(diagnostics)
        )
        super().__init__("; ".join(f"{d.code}: {d.message}" for d in self.diagnostics))
