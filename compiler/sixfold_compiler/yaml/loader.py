"""A strict YAML loader that returns the values of a document as JSON data, with the line and column of each.

It rejects, each with its position: anchors, aliases, tags, merge keys, duplicate keys (with both positions), keys that
are not plain text, documents over 256 KiB, nesting over 32, numbers that YAML 1.1 and 1.2 readers read differently, and
text that is not UTF-8. Scalars follow the YAML 1.2 core schema.

No library does this: PyYAML and ruamel.yaml have neither the limits nor the positions. Documents are built from the
events of PyYAML's parser (libyaml), so that nesting is checked before any recursion.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol, TypeAlias, cast

import yaml

from sixfold_compiler.diagnostics import Diagnostic, DiagnosticError, Json, Span, ValuePath

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

__all__ = ["Document", "load_documents"]

MAX_DOCUMENT = 256 * 1024  # bytes
MAX_DEPTH = 32
MAX_DOCUMENTS = 200
MAX_SAFE_INTEGER = 2**53 - 1  # beyond it a Jsonnet number, a double, is no longer exact


_INT = re.compile(r"[-+]?[0-9]+\Z")
_OCTAL = re.compile(r"0o[0-7]+\Z")
_HEX = re.compile(r"0x[0-9a-fA-F]+\Z")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?\Z")
_NOT_FINITE = re.compile(r"([-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN))\Z")
_WORDS: dict[str, bool | None] = {
    "": None,
    "~": None,
    "null": None,
    "Null": None,
    "NULL": None,
    "true": True,
    "True": True,
    "TRUE": True,
    "false": False,
    "False": False,
    "FALSE": False,
}
_NUMERIC_START = frozenset("0123456789+-.")
_BREAKS = re.compile("\r\n|[\r\n\x85\u2028\u2029]")  # what the parser counts lines by


class _Scalar(NamedTuple):
    """The position of a scalar, as opposed to that of its key; `length` is in columns, 0 for several lines."""

    line: int
    column: int
    length: int


_Children: TypeAlias = _Scalar | list["_Mark"] | dict[str, "_Mark"] | None
_Mark: TypeAlias = tuple[int, int, _Children]
"""The place of a value, or of its key in a mapping: line and column from 0, and the marks of what is in the value."""


class _Place(Protocol):
    """A position mark of the parser: line and column from 0, and `index` in characters."""

    line: int
    column: int
    index: int


class _Event(Protocol):
    """An event of the parser, with the fields of all kinds. libyaml sets the marks on every event."""

    start_mark: _Place
    end_mark: _Place
    version: tuple[int, int] | None
    tags: Mapping[str, str] | None
    anchor: str | None
    tag: str | None
    implicit: tuple[bool, bool]
    style: str | None
    value: str


@dataclass(frozen=True, slots=True)
class Document:
    """A YAML document: its value as JSON data, and the source position of every part."""

    file: str
    value: Json
    marks: _Mark

    @property
    def record(self) -> dict[str, Any]:  # Any: the model that accepted the document has checked the fields
        """The fields of a document that a model has accepted; empty if the document is not a mapping."""
        return self.value if isinstance(self.value, dict) else {}

    def span(self, path: ValuePath = (), label: str = "") -> Span:
        """Return the source position of the value at `path`, or of its nearest ancestor if there is no such value."""
        line, column, children = self.marks
        for part in path:
            mark = _child(children, part)
            if mark is None:
                break
            line, column, children = mark
        return Span(self.file, line + 1, column + 1, label)

    def value_span(self, path: ValuePath) -> Span:
        """Return the position and length of the scalar at `path`; if it is not a scalar, the result of `span`."""
        children = self.marks[2]
        for part in path:
            mark = _child(children, part)
            if mark is None:
                return self.span(path)
            children = mark[2]
        if isinstance(children, _Scalar):
            return Span(self.file, children.line + 1, children.column + 1, length=children.length)
        return self.span(path)


def load_documents(data: bytes, file: str) -> tuple[Document, ...]:
    """Return the documents of a YAML file, without empty ones.

    Args:
        data: The bytes of the file.
        file: The file's name in diagnostics, relative to the folder that the command was given.

    Raises:
        DiagnosticError: SF101 to SF112. Only the first problem is reported, because the text after it is unreliable.
    """
    if len(data) > MAX_DOCUMENT * 4 or (len(data) > MAX_DOCUMENT and b"\n---" not in data):
        raise DiagnosticError(_too_large(file, 1))
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = len(_BREAKS.split(error.object[: error.start].decode()))
        raise DiagnosticError(
            Diagnostic("SF102", "the file is not UTF-8 text", Span(file, line, 1), "save it as UTF-8")
        ) from None
    try:
        return tuple(_documents(text, file))
    except (yaml.reader.ReaderError, yaml.MarkedYAMLError) as error:  # libyaml raises no others
        raise DiagnosticError(_syntax(error, text, file)) from None


def _child(children: _Children, part: str | int) -> _Mark | None:
    if isinstance(children, dict):
        return children.get(part) if isinstance(part, str) else None
    if isinstance(children, list) and isinstance(part, int) and 0 <= part < len(children):
        mark: _Mark = children[part]
        return mark
    return None


def _documents(text: str, file: str) -> Iterator[Document]:
    events = cast("Iterator[_Event]", yaml.parse(text, Loader=yaml.CSafeLoader))  # see `_Event`
    count = 0
    for event in events:
        if isinstance(event, yaml.DocumentStartEvent):
            count += 1
            if count > MAX_DOCUMENTS:
                raise DiagnosticError(
                    Diagnostic(
                        "SF103",
                        f"more than {MAX_DOCUMENTS} documents in one file",
                        _span(file, event),
                        "split the file",
                    )
                )
            if event.version not in (None, (1, 2)) or event.tags:
                raise DiagnosticError(
                    Diagnostic(
                        "SF106",
                        "a directive that changes what the document means",
                        _span(file, event),
                        "remove the line that begins with %: manifests are YAML 1.2, without tags",
                    )
                )
            start = event.start_mark
            value, marks = _build(next(events), events, file, 0)
            end = next(events).end_mark.index
            size = end - start.index  # characters, of one to four bytes
            if size * 4 > MAX_DOCUMENT and len(text[start.index : end].encode()) > MAX_DOCUMENT:
                raise DiagnosticError(_too_large(file, start.line + 1))
            if value is not None:
                yield Document(file, value, marks)


def _build(event: _Event, events: Iterator[_Event], file: str, depth: int) -> tuple[Json, _Mark]:
    kind: type = type(event)
    if kind is yaml.AliasEvent or event.anchor is not None:
        what = "an alias" if kind is yaml.AliasEvent else "an anchor"
        raise DiagnosticError(
            Diagnostic(
                "SF105",
                f"{what} ({'*' if kind is yaml.AliasEvent else '&'}{_clip(event.anchor or '')})",
                _span(file, event),
                "write the value out where it is needed; overrides are for what differs",
            )
        )
    if event.tag is not None:
        raise DiagnosticError(
            Diagnostic(
                "SF106", f"a tag ({_clip(event.tag)})", _span(file, event), "remove it; quote text that needs quoting"
            )
        )
    mark = event.start_mark
    if kind is yaml.ScalarEvent:
        value: Json = event.value if not event.implicit[0] or event.style else _plain(event, file)
        end = event.end_mark
        if end.index == mark.index:  # nothing is written there, and at a file's end not even a line is
            return value, (mark.line, mark.column, None)
        length = end.column - mark.column if end.line == mark.line else 0
        return value, (mark.line, mark.column, _Scalar(mark.line, mark.column, length))
    if depth >= MAX_DEPTH:
        raise DiagnosticError(
            Diagnostic("SF104", f"nesting deeper than {MAX_DEPTH} levels", _span(file, event), "flatten the structure")
        )
    if kind is yaml.SequenceStartEvent:
        items: list[Json] = []
        places: list[_Mark] = []
        while not isinstance(event := next(events), yaml.SequenceEndEvent):
            value, place = _build(event, events, file, depth + 1)
            items.append(value)
            places.append(place)
        return items, (mark.line, mark.column, places)
    result: dict[str, Json] = {}
    children: dict[str, _Mark] = {}
    while not isinstance(event := next(events), yaml.MappingEndEvent):
        key = _key(event, file)
        if key in children:
            first = children[key]
            raise DiagnosticError(
                Diagnostic(
                    "SF107",
                    f"the key {_clip(key)!r} appears twice",
                    _span(file, event),
                    "keep one of them",
                    (Span(file, first[0] + 1, first[1] + 1, "first here"),),
                )
            )
        at = event.start_mark
        result[key], (_, _, below) = _build(next(events), events, file, depth + 1)
        children[key] = (at.line, at.column, below)
    return result, (mark.line, mark.column, children)


def _key(event: _Event, file: str) -> str:
    if not isinstance(event, yaml.ScalarEvent) or event.anchor is not None or event.tag is not None:
        raise DiagnosticError(
            Diagnostic(
                "SF108", "a key that is not plain text", _span(file, event), "keys are words, without tags or anchors"
            )
        )
    if event.value == "<<" and not event.style:
        raise DiagnosticError(
            Diagnostic(
                "SF105", "a merge key (<<)", _span(file, event), "write the fields out; overrides are for what differs"
            )
        )
    return str(event.value)


def _plain(event: _Event, file: str) -> Json:
    text = event.value
    if text in _WORDS:
        return _WORDS[text]
    return _number(text, event, file) if text[0] in _NUMERIC_START else text


def _number(text: str, event: _Event, file: str) -> Json:
    if _INT.match(text):
        digits = text.lstrip("+-")
        if len(digits) > 1 and digits[0] == "0":
            raise DiagnosticError(
                Diagnostic(
                    "SF109",
                    f"the number {_clip(text)}: YAML 1.1 reads it as octal, YAML 1.2 as decimal",
                    _span(file, event),
                    f'write the number without leading zeros, or the text as "{_clip(text)}"',
                )
            )
        # Python refuses to convert thousands of digits, and none of such numbers is safe.
        return _safe(int(text) if len(digits) < 20 else MAX_SAFE_INTEGER + 1, event, file)
    if _OCTAL.match(text) or _HEX.match(text):
        return _safe(int(text, 0), event, file)
    if _NOT_FINITE.match(text) or (_FLOAT.match(text) and math.isinf(float(text))):
        raise DiagnosticError(_not_a_number(text, event, file))
    return float(text) if _FLOAT.match(text) else text


def _safe(number: int, event: _Event, file: str) -> int:
    if abs(number) > MAX_SAFE_INTEGER:
        raise DiagnosticError(
            Diagnostic(
                "SF110",
                "a number over 2^53, which JSON readers round",
                _span(file, event),
                "quote it if it is an identifier",
            )
        )
    return number


def _not_a_number(text: str, event: _Event, file: str) -> Diagnostic:
    return Diagnostic(
        "SF110", f"{_clip(text)} has no JSON form", _span(file, event), "use a finite number, or quote it"
    )


def _too_large(file: str, line: int) -> Diagnostic:
    return Diagnostic(
        "SF101",
        f"a document over {MAX_DOCUMENT // 1024} KiB",
        Span(file, line, 1),
        "move large content into a file and name it under config.files",
    )


# Messages of libyaml in plain words, each with a fix.
_SYNTAX = {
    "mapping values are not allowed in this context": (
        "a ':' that begins no value",
        "check the indentation of this line, and quote a value that contains ': '",
    ),
    "found character that cannot start any token": (
        "a character that cannot begin a value",
        "quote the value, and indent with spaces, not with tabs",
    ),
    "could not find expected ':'": ("a key without ':'", "write `key: value`, or quote text of several lines"),
    "did not find expected key": (
        "a line that does not fit the mapping around it",
        "align it with the keys above, and quote values with special characters",
    ),
    "did not find expected '-' indicator": (
        "a line that does not fit the list around it",
        "begin each item with '-', at the same indentation",
    ),
    "did not find expected ',' or ']'": ("a list in brackets that is not closed", "close the list with ']'"),
    "did not find expected ',' or '}'": ("a mapping in braces that is not closed", "close the mapping with '}'"),
    "found unexpected end of stream": ("quoted text without its closing quote", "close the quote"),
    "found unexpected document indicator": (
        "quoted text without its closing quote",
        "close the quote before this line",
    ),
    "found unknown escape character": (
        "an unknown escape in double quotes",
        "use single quotes, or write '\\\\' for '\\'",
    ),
}


def _syntax(error: yaml.reader.ReaderError | yaml.MarkedYAMLError, text: str, file: str) -> Diagnostic:
    if isinstance(error, yaml.reader.ReaderError):
        before = text.encode()[: error.position].decode(errors="ignore")
        *above, last = _BREAKS.split(before)
        line, column = len(above) + 1, len(last) + 1
        problem = f"invalid YAML: {error.reason}"
        return Diagnostic("SF100", problem, Span(file, line, column), "remove the character, or write it as an escape")
    mark = error.problem_mark
    lines = _BREAKS.split(text)
    if not lines[-1] and len(lines) > 1:
        lines.pop()
    if mark is not None and mark.line < len(lines):  # libyaml gives a mark with every problem
        span = Span(file, mark.line + 1, mark.column + 1)
    else:  # the end of the file, which the parser counts as a line of its own
        span = Span(file, len(lines), len(lines[-1]) + 1)
    parser_words = f"{error.problem} {error.context or ''}".rstrip()
    problem, fix = _SYNTAX.get(
        error.problem or "", (parser_words, "check indentation, quotes and colons at this place")
    )
    return Diagnostic("SF100", f"invalid YAML: {problem}", span, fix)


def _span(file: str, event: _Event) -> Span:
    return Span(file, event.start_mark.line + 1, event.start_mark.column + 1)


def _clip(text: str, length: int = 60) -> str:
    return text if len(text) <= length else text[:length] + "…"
