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
from sixfold_compiler.yaml.syntax import LINE_BREAKS, syntax_diagnostic

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

__all__ = ["Document", "load_documents"]

MAX_DOCUMENT = 256 * 1024  # bytes
MAX_DEPTH = 32
MAX_DOCUMENTS = 200
CLIPPED = 60  # characters of a text in a message
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
_WRITE_OUT = "write the value wherever it is needed; use spec.overrides for differences between environments"
_NUMERIC_START = frozenset("0123456789+-.")


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
        line = len(LINE_BREAKS.split(error.object[: error.start].decode()))
        raise DiagnosticError(
            Diagnostic("SF102", "the file is not UTF-8 text", Span(file, line, 1), "save the file as UTF-8")
        ) from None
    try:
        return tuple(_documents(text, file))
    except (yaml.reader.ReaderError, yaml.MarkedYAMLError) as error:  # libyaml raises no others
        raise DiagnosticError(syntax_diagnostic(error, text, file)) from None


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
                        f"the file has more than {MAX_DOCUMENTS} documents",
                        _span(file, event),
                        "move some of them to other files",
                    )
                )
            if event.version not in (None, (1, 2)) or event.tags:
                raise DiagnosticError(
                    Diagnostic(
                        "SF106",
                        "a line that begins with '%' changes how the document is read, which is not allowed",
                        _span(file, event),
                        "remove the line: files are read as YAML 1.2, without tags",
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
        name = (
            f"alias *{_clip(event.anchor or '')}" if kind is yaml.AliasEvent else f"anchor &{_clip(event.anchor or '')}"
        )
        raise DiagnosticError(Diagnostic("SF105", f"the YAML {name} is not allowed", _span(file, event), _WRITE_OUT))
    if event.tag is not None:
        raise DiagnosticError(
            Diagnostic(
                "SF106",
                f"the YAML tag {_clip(_tag(event.tag))} is not allowed",
                _span(file, event),
                "remove the tag, and quote the value if it begins with '!'",
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
            Diagnostic(
                "SF104",
                f"the value is nested more than {MAX_DEPTH} levels deep",
                _span(file, event),
                "use fewer levels of lists and mappings",
            )
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
                    f"the key {_clip(key)!r} appears twice in one mapping",
                    _span(file, event),
                    "remove or rename one of the two",
                    (Span(file, first[0] + 1, first[1] + 1, "the first one"),),
                )
            )
        at = event.start_mark
        result[key], (_, _, below) = _build(next(events), events, file, depth + 1)
        children[key] = (at.line, at.column, below)
    return result, (mark.line, mark.column, children)


def _tag(tag: str) -> str:
    """Return a tag as people write it: the parser has replaced `!!` by the address of YAML's own tags."""
    return re.sub(r"\Atag:yaml\.org,2002:", "!!", tag)


def _key(event: _Event, file: str) -> str:
    if not isinstance(event, yaml.ScalarEvent) or event.anchor is not None or event.tag is not None:
        raise DiagnosticError(
            Diagnostic(
                "SF108",
                "a key is not plain text: it is a list or a mapping, or has a tag, an anchor or an alias",
                _span(file, event),
                "use a word as the key",
            )
        )
    if event.value == "<<" and not event.style:
        raise DiagnosticError(
            Diagnostic("SF105", "the YAML merge key << is not allowed", _span(file, event), _WRITE_OUT)
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
                    f"the number {_clip(text)} begins with 0, and programs disagree whether it is octal or decimal",
                    _span(file, event),
                    f'write the number without leading zeros, or as text: "{_clip(text)}"',
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
                f"the number {_clip(event.value)} is too large: Kubernetes rounds whole numbers above 2^53",
                _span(file, event),
                "use a smaller number, or quote it if it is an identifier",
            )
        )
    return number


def _not_a_number(text: str, event: _Event, file: str) -> Diagnostic:
    message = f"the value {_clip(text)} is not a number that Kubernetes can store"
    return Diagnostic("SF110", message, _span(file, event), "use a finite number, or quote the value if it is text")


def _too_large(file: str, line: int) -> Diagnostic:
    return Diagnostic(
        "SF101",
        f"the document that begins here is larger than {MAX_DOCUMENT // 1024} KiB",
        Span(file, line, 1),
        "move large content to a file of its own, and name that file in spec.config",
    )


def _span(file: str, event: _Event) -> Span:
    return Span(file, event.start_mark.line + 1, event.start_mark.column + 1)


def _clip(text: str) -> str:
    return text if len(text) <= CLIPPED else text[:CLIPPED] + "…"
