"""What is wrong with an input, said once and rendered many ways.

A `Diagnostic` is a value: producers return or collect it, only the command line prints it (`compiler.render`).
Codes live in `compiler.codes`, one table that the docs and the tests walk.
"""

from __future__ import annotations

import difflib
import unicodedata
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["Diagnostic", "DiagnosticError", "Span", "listed", "nearest", "printable", "suggest"]

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


def nearest(value: str, known: Iterable[str]) -> str | None:
    """The known value that `value` most likely stands for, or None when nothing is close."""
    matches = difflib.get_close_matches(value, sorted(known), n=1, cutoff=0.6)
    return matches[0] if matches else None


def suggest(value: str, known: Iterable[str]) -> str:
    """A help sentence for an unknown value: the nearest known one, else a sample of what there is."""
    names = sorted(known)
    if close := nearest(value, names):
        return f"did you mean {close!r}?"
    if not names:
        return "nothing is known here yet"
    sample = ", ".join(names[:10]) + (f" and {len(names) - 10} more" if len(names) > 10 else "")
    return f"known: {sample}"


def listed(names: Iterable[str]) -> str:
    """`a, b and c`; after ten, how many more there are."""
    every = list(names)
    if len(every) > 10:
        return f"{', '.join(every[:10])} and {len(every) - 10} more"
    return f"{', '.join(every[:-1])} and {every[-1]}" if len(every) > 1 else "".join(every)


def printable(text: str, keep: str = "") -> str:
    r"""`text` with everything that could move the cursor, change colours or reorder letters written out as an escape.

    Control characters, bidirectional controls, other invisible format characters, line separators and lone surrogates
    become `\x1b` or `\u202e`; characters in `keep` (such as a newline) stay.
    """
    if text.isascii() and text.isprintable():
        return text
    return "".join(
        char if char in keep or not _unsafe(char) else _escaped(ord(char))
        for char in text
    )


# Controls (Cc), formats such as bidi overrides (Cf), surrogates (Cs), line and paragraph separators (Zl, Zp), and what
# a terminal may know more of than we do: unassigned (Cn) and private (Co).
_UNSAFE_CATEGORIES = frozenset({"Cc", "Cf", "Cn", "Co", "Cs", "Zl", "Zp"})
_BLANKS = frozenset("\u115f\u1160\u3164\uffa0")  # letters that show nothing


def _unsafe(char: str) -> bool:
    return unicodedata.category(char) in _UNSAFE_CATEGORIES or char in _BLANKS


def _escaped(point: int) -> str:
    return f"\\x{point:02x}" if point < 0x100 else f"\\u{point:04x}" if point < 0x10000 else f"\\U{point:08x}"
