"""What is wrong with an input, said once and rendered many ways.

A `Diagnostic` is a value: producers return or collect it, only the command line prints it
(`sixfold_compiler.diagnostics.render`).
Codes live in `sixfold_compiler.diagnostics.codes`, one table that the docs and the tests walk.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["Diagnostic", "DiagnosticError", "Span", "ValuePath"]

Severity = Literal["error", "warning"]


@dataclass(frozen=True, order=True, slots=True)
class Span:
    """A place in a file that a person wrote.

    `file` is relative to the folder the command was given, never absolute; `line` and `column` count from 1
    (0 means the whole file). `label` says why this place is shown. `length` is in columns, where it is known (0: the
    word that stands there).
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
    """One problem: a stable code, one line in the author's words, where it is, and what to do about it.

    `app` is `team/app` when the problem belongs to one app: such a problem fails that app alone. Without it the
    problem is the fleet's, and nothing is written.
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
        """Order of a report: by place, then code, then text."""
        span = self.span or Span("")
        return (span.file, span.line, span.column, self.code, self.message)

    def of(self, app: str) -> Diagnostic:
        """The same problem, charged to `app` (`team/app`)."""
        return replace(self, app=app)


class DiagnosticError(Exception):
    """Raised by a step that cannot return a value; carries every problem found so far."""

    def __init__(self, diagnostics: Iterable[Diagnostic] | Diagnostic) -> None:
        self.diagnostics: tuple[Diagnostic, ...] = (
            (diagnostics,) if isinstance(diagnostics, Diagnostic) else tuple(diagnostics)
        )
        super().__init__("; ".join(f"{d.code}: {d.message}" for d in self.diagnostics))


# Controls (Cc), formats such as bidi overrides (Cf), surrogates (Cs), line and paragraph separators (Zl, Zp), and what
# a terminal may know more of than we do: unassigned (Cn) and private (Co).
_UNSAFE_CATEGORIES = frozenset({"Cc", "Cf", "Cn", "Co", "Cs", "Zl", "Zp"})
_BLANKS = frozenset("\u115f\u1160\u3164\uffa0")  # letters that show nothing


ValuePath = tuple[str | int, ...]
