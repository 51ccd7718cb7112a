"""Diagnostics for people and for programs: one value, four renderers.

`full` shows the source line with a caret, further places, help and where to read more; `concise` is one line a problem;
`json` is one array; `github` is workflow commands, which GitHub shows beside the changed lines. All text from inputs
passes `printable`, so that a manifest cannot write to the reader's terminal.
"""

from __future__ import annotations

import json
import re
import unicodedata
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Literal, TypeAlias, get_args

from sixfold_compiler.diagnostics.codes import CODES
from sixfold_compiler.diagnostics.text import counted, printable

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from sixfold_compiler.diagnostics.diagnostic import Diagnostic, Span

__all__ = ["FORMATS", "Format", "Json", "SourceLines", "record_of", "render", "tally"]

Json: TypeAlias = "str | int | float | bool | Sequence[Json] | Mapping[str, Json] | None"
Format = Literal["full", "concise", "json", "github"]
FORMATS: tuple[str, ...] = get_args(Format)

MAX_SOURCE = 2 * 1024 * 1024  # bytes; a larger file is named, not quoted
MAX_LINE = 200  # characters of a source line that are shown
TAB = "    "
HIDDEN = "(hidden)"
_SECRET = re.compile(r"""kind:\s*["']?Secret["']?\s*(#.*)?$""")
_TOKEN = re.compile(r"""'[^']*'|"[^"]*"|[^\s,\[\]{}#]+""")

_RESET = "\x1b[0m"
_BOLD, _RED, _YELLOW, _BLUE = "\x1b[1m", "\x1b[1;31m", "\x1b[1;33m", "\x1b[1;34m"


@dataclass(frozen=True, slots=True)
class SourceLines:
    """Lines of the files that spans name. Only regular files under `roots` are read, and no link is followed."""

    roots: tuple[Path, ...]
    _read: dict[str, tuple[str, ...]] = field(default_factory=dict)

    def line(self, span: Span, *, hide: bool = False) -> str | None:
        """The line that a span points at, or None when it cannot be shown.

        With `hide`, and always inside a Secret, only the key is shown: a value must not reach a log or a screen.
        """
        if not span.line:
            return None
        if span.file not in self._read:
            self._read[span.file] = self._load(span.file)
        lines = self._read[span.file]
        if span.line > len(lines):
            return None
        text = lines[span.line - 1]
        return _key_only(text) if hide or _in_secret(lines, span.line - 1) else text

    def _load(self, file: str) -> tuple[str, ...]:
        parts = PurePosixPath(file).parts
        if not parts or PurePosixPath(file).is_absolute() or ".." in parts or "\0" in file:
            return ()
        for root in self.roots:
            path = root.joinpath(*parts)
            try:
                if not path.is_file() or path.resolve() != root.resolve().joinpath(*parts):
                    continue
                if path.stat().st_size > MAX_SOURCE:
                    return ()
                return tuple(path.read_text("utf-8", errors="replace").split("\n"))
            except OSError:
                continue
        return ()


def _in_secret(lines: tuple[str, ...], index: int) -> bool:
    """Whether the line belongs to a YAML document of kind Secret."""
    start = next((i for i in range(index, -1, -1) if lines[i].startswith("---")), 0)
    end = next((i for i in range(index + 1, len(lines)) if lines[i].startswith("---")), len(lines))
    return any(_SECRET.match(lines[i]) for i in range(start, end))


def _key_only(text: str) -> str:
    key, colon, value = text.partition(":")
    return f"{key}: {HIDDEN}" if colon and value.strip() else text if colon else HIDDEN


def render(
    diagnostics: Iterable[Diagnostic],
    style: Format,
    *,
    sources: SourceLines,
    color: bool = False,
    verbose: bool = False,
    prefix: str = "",
) -> str:
    """All problems, sorted, as text that ends with a newline (empty when there are none, `[]` for json).

    Args:
        diagnostics: The problems, in any order.
        style: Which renderer.
        sources: Where quoted lines come from.
        color: Whether ANSI colours are wanted (`full` and `concise` only).
        verbose: Whether to add the raw detail (an engine's trace).
        prefix: Put before every file name for `github`, whose paths start at the repository.
    """
    ordered = sorted(diagnostics, key=lambda d: d.sort_key)
    if style == "json":
        return json.dumps([record_of(d, verbose=verbose) for d in ordered], indent=2, ensure_ascii=True) + "\n"
    if style == "github":
        return "".join(_github(d, prefix) + "\n" for d in ordered)
    paint = _Paint(color)
    if style == "concise":
        return "".join(_concise(d, paint) + "\n" for d in ordered)
    return "".join(_full(d, sources, paint, verbose=verbose) + "\n" for d in ordered)


@dataclass(frozen=True, slots=True)
class _Paint:
    on: bool

    def __call__(self, text: str, style: str) -> str:
        return f"{style}{text}{_RESET}" if self.on and text else text


def _concise(problem: Diagnostic, paint: _Paint) -> str:
    where = printable(str(problem.span)) if problem.span else _subject(problem)
    return f"{paint(where, _BOLD)}: {paint(problem.code, _level(problem))} {printable(problem.message)}"


def _full(problem: Diagnostic, sources: SourceLines, paint: _Paint, *, verbose: bool) -> str:
    title = paint(f"{problem.severity}[{problem.code}]", _level(problem))
    lines = [title + paint(f": {printable(problem.message)}", _BOLD)]
    spans = ([problem.span] if problem.span else []) + list(problem.related)
    width = max((len(str(span.line)) for span in spans), default=1)
    bar = paint("|", _BLUE)
    hide = problem.code in CODES and CODES[problem.code].sensitive
    for index, span in enumerate(spans):
        arrow = "-->" if index == 0 and problem.span else ":::"
        source = sources.line(span, hide=hide)
        label = printable(span.label)
        note = f" {label}" if label and source is None else ""
        lines.append(f"{' ' * width}{paint(arrow, _BLUE)} {printable(str(span))}{note}")
        if source is not None:
            text, caret = _quote(source, span.column if source != HIDDEN else 0, span.length)
            mark = paint(caret.lstrip(" ") + (f" {label}" if label else ""), _level(problem) if index == 0 else _BLUE)
            lines.append(f"{' ' * width} {bar}")
            lines.append(f"{paint(str(span.line).rjust(width), _BLUE)} {bar} {text}".rstrip())
            if caret:
                lines.append(f"{' ' * width} {bar} {' ' * (len(caret) - len(caret.lstrip(' ')))}{mark}")
    if spans:
        lines.append(f"{' ' * width} {bar}")
    if not problem.span and problem.app:
        lines.append(f"{' ' * width} {paint('=', _BLUE)} app: {printable(problem.app)}")
    hints = filter(None, printable(problem.help, keep="\n").split("\n"))
    for hint in hints:  # an indented line is an item of the list above it
        mark = "        " if hint.startswith("  ") else f"{paint('=', _BLUE)} help: "
        lines.append(f"{' ' * width} {mark}{hint}")
    lines.append(f"{' ' * width} {paint('=', _BLUE)} more: sixfold code {problem.code}")
    if verbose and problem.detail:
        lines.extend(f"{' ' * width} {bar} {part}" for part in printable(problem.detail, keep="\n").splitlines())
    return "\n".join(lines) + "\n"


def _quote(source: str, column: int, length: int = 0) -> tuple[str, str]:
    """A source line as it is shown, and carets under `length` columns, or the word, at `column` (from 1), padded."""
    source = source.rstrip("\r\n")
    if not 1 <= column <= len(source) + 1:
        return _shown(source[:MAX_LINE]), ""
    start = max(0, column - 1 - MAX_LINE // 2) if column > MAX_LINE - 40 else 0
    window = source[start : start + MAX_LINE]
    before, rest = window[: column - 1 - start], window[column - 1 - start :]
    match = _TOKEN.match(rest)
    token = rest[:length] or (match.group().rstrip(":") if match else rest[:1])
    lead = "… " if start else ""
    pad = _columns(lead + _shown(before))
    return lead + _shown(window), " " * pad + "^" * max(1, _columns(_shown(token)))


def _shown(text: str) -> str:
    return printable(text.replace("\t", TAB))


def _columns(text: str) -> int:
    """How many terminal cells `text` takes."""
    return sum(
        0 if unicodedata.combining(char) else 2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in text
    )


def record_of(problem: Diagnostic, *, verbose: bool = False) -> dict[str, Json]:
    """Return a diagnostic as JSON data; with `verbose` its raw detail too."""
    record: dict[str, Json] = {
        "code": problem.code,
        "severity": problem.severity,
        "message": problem.message,
        "help": problem.help,
        "app": problem.app,
        "docs": _docs(problem.code),
        "place": _place(problem.span) if problem.span else None,
        "related": [_place(span) for span in problem.related],
    }
    if verbose:
        record["detail"] = problem.detail
    return record


def _place(span: Span) -> dict[str, Json]:
    return {"file": span.file, "line": span.line, "column": span.column, "label": span.label}


def _github(problem: Diagnostic, prefix: str) -> str:
    properties = []
    if problem.span:
        file = str(PurePosixPath(prefix) / problem.span.file) if prefix else problem.span.file
        properties.append(f"file={_property(printable(file))}")
        if problem.span.line:
            properties += [f"line={problem.span.line}", f"col={max(1, problem.span.column)}"]
    properties.append(f"title={_property(problem.code)}")
    text = [printable(problem.message)]
    text += [printable(f"{span.label or 'see also'}: {span}") for span in problem.related]
    if problem.help:
        text.append(f"help: {printable(problem.help, keep=chr(10))}")
    text.append(f"more: sixfold code {problem.code}")
    return f"::{problem.severity} {','.join(properties)}::{_data(chr(10).join(text))}"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")


def _docs(code: str) -> str:
    return f"docs/codes.md#{code.lower()}"


def _subject(problem: Diagnostic) -> str:
    return printable(problem.app) or "sixfold"


def _level(problem: Diagnostic) -> str:
    return _RED if problem.severity == "error" else _YELLOW


def tally(diagnostics: Sequence[Diagnostic]) -> str:
    """`2 errors and 1 warning`, or `no findings`."""
    errors = sum(d.severity == "error" for d in diagnostics)
    warnings = len(diagnostics) - errors
    parts = [counted(errors, "error")] if errors else []
    parts += [counted(warnings, "warning")] if warnings else []
    return " and ".join(parts) or "no findings"
