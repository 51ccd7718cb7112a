"""The `full` format: the source line with a caret, related positions, help, and a pointer to the code's explanation."""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING

from sixfold_compiler.diagnostics.codes import CODES
from sixfold_compiler.diagnostics.render.color import BLUE, BOLD, Paint, severity_color
from sixfold_compiler.diagnostics.render.sources import HIDDEN, SourceLines
from sixfold_compiler.diagnostics.text import printable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sixfold_compiler.diagnostics.diagnostic import Diagnostic, Span

__all__ = ["block"]

MAX_LINE = 200  # characters of a source line that are shown
TAB = "    "
_TOKEN = re.compile(r"""'[^']*'|"[^"]*"|[^\s,\[\]{}#]+""")


def block(problem: Diagnostic, sources: SourceLines, paint: Paint, *, verbose: bool) -> str:
    """Return the lines of one problem: title, positions with their source lines, help, and the code to look up."""
    title = paint(f"{problem.severity}[{problem.code}]", severity_color(problem))
    lines = [title + paint(f": {printable(problem.message)}", BOLD)]
    spans = ([problem.span] if problem.span else []) + list(problem.related)
    margin = " " * max((len(str(span.line)) for span in spans), default=1)
    bar, equals = paint("|", BLUE), paint("=", BLUE)
    for index, span in enumerate(spans):
        primary = index == 0 and problem.span is not None
        color = severity_color(problem) if index == 0 else BLUE
        source = sources.line(span, hide=problem.code in CODES and CODES[problem.code].sensitive)
        lines += _place(span, source, "-->" if primary else "==>", color, margin, paint)
    if spans:
        lines.append(f"{margin} {bar}")
    if not problem.span and problem.app:
        lines.append(f"{margin} {equals} app: {printable(problem.app)}")
    for hint in filter(None, printable(problem.help, keep="\n").split("\n")):
        # An indented line is an item of the list above it.
        mark = "        " if hint.startswith("  ") else f"{equals} help: "
        lines.append(f"{margin} {mark}{hint}")
    lines.append(f"{margin} {equals} more: sixfold code {problem.code}")
    if verbose and problem.detail:
        lines.extend(f"{margin} {bar} {part}" for part in printable(problem.detail, keep="\n").splitlines())
    return "\n".join(lines) + "\n"


def _place(span: Span, source: str | None, arrow: str, color: str, margin: str, paint: Paint) -> Iterator[str]:
    """Yield the lines of one position: its file and line, and the source line with a caret if it can be shown."""
    label = printable(span.label)
    note = f" {label}" if label and source is None else ""
    yield f"{margin}{paint(arrow, BLUE)} {printable(str(span))}{note}"
    if source is None:
        return
    bar = paint("|", BLUE)
    text, caret = _quote(source, span.column if source != HIDDEN else 0, span.length)
    mark = paint(caret.lstrip(" ") + (f" {label}" if label else ""), color)
    yield f"{margin} {bar}"
    yield f"{paint(str(span.line).rjust(len(margin)), BLUE)} {bar} {text}".rstrip()
    if caret:
        yield f"{margin} {bar} {' ' * (len(caret) - len(caret.lstrip(' ')))}{mark}"


def _quote(source: str, column: int, length: int) -> tuple[str, str]:
    """Return a source line ready to print, and the carets that mark `column` (from 1) below it.

    The carets cover `length` columns, or the word at `column` if `length` is 0.
    """
    source = source.rstrip("\r\n")
    if not 1 <= column <= len(source) + 1:
        return _shown(source[:MAX_LINE]), ""
    start = max(0, column - 1 - MAX_LINE // 2) if column > MAX_LINE - 40 else 0
    window = source[start : start + MAX_LINE]
    before, tail = window[: column - 1 - start], window[column - 1 - start :]
    match = _TOKEN.match(tail)
    token = tail[:length] or (match.group().rstrip(":") if match else tail[:1])
    lead = "… " if start else ""
    pad = _columns(lead + _shown(before))
    return lead + _shown(window), " " * pad + "^" * max(1, _columns(_shown(token)))


def _shown(text: str) -> str:
    return printable(text.replace("\t", TAB))


def _columns(text: str) -> int:
    """Return the number of terminal columns that `text` occupies."""
    return sum(
        0 if unicodedata.combining(char) else 2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in text
    )
