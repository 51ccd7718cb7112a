"""JSON files that people may edit: a strict reader, which reports every problem at its place."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from sixfold_compiler.diagnostics import Diagnostic, DiagnosticError, Span
from sixfold_compiler.yaml.json_places import place_of, places_of, span_at

if TYPE_CHECKING:
    from collections.abc import Callable

    from sixfold_compiler.diagnostics import Json
    from sixfold_compiler.yaml.json_places import Keys

__all__ = ["Form", "Problem", "read_json"]

Content = TypeVar("Content")
Problem = tuple[str, str, "Keys"]  # a code, a message, and the keys of the value


@dataclass(frozen=True, slots=True)
class Form:
    """The words and codes of findings about a kind of file.

    Attributes:
        name: Its name in sentences, such as "the lock".
        content: What it must be, such as "a list of placements".
        code: The code of a file that has another form.
        repeated: The code of a key that appears twice.
        help: How to get a right file again.
        syntax: How to fix a text that is not JSON.
    """

    name: str
    content: str
    code: str
    repeated: str
    help: str
    syntax: str


def read_json(data: bytes, file: str, form: Form, read: Callable[[Json, list[Problem]], Content]) -> Content:
    """Parse a file without repeated keys, NaN and infinities, and return what `read` returns for its value.

    Args:
        data: The bytes of the file.
        file: Its name in diagnostics.
        form: The words and codes of diagnostics.
        read: Takes the value of the text, and appends what is wrong with it to the list.

    Raises:
        DiagnosticError: The text is not JSON, has a repeated key, or `read` found problems. All are raised together.
    """
    repeated: list[str] = []
    try:
        text = data.decode()
        value = json.loads(text, object_pairs_hook=lambda pairs: _object(pairs, repeated), parse_constant=_refused)
    except UnicodeDecodeError as error:
        at = Span(file, data.count(b"\n", 0, error.start) + 1, 1)
        raise DiagnosticError(Diagnostic(form.code, f"{form.name} is not UTF-8 text", at, form.help)) from None
    except json.JSONDecodeError as error:
        message, at = f"{form.name} is not valid JSON at this place", Span(file, error.lineno, error.colno)
        raise DiagnosticError(Diagnostic(form.code, message, at, form.syntax)) from None
    except (RecursionError, ValueError):
        message = f"{form.name} is not {form.content}"
        raise DiagnosticError(Diagnostic(form.code, message, Span(file, 1, 1), form.help)) from None
    problems: list[Problem] = []
    content = read(value, problems)
    if not repeated and not problems:
        return content
    places = places_of(text)
    diagnostics = [
        Diagnostic(form.repeated, f"the key {keys[-1]!r} appears twice", span_at(file, text, at[1]),
                   "remove one of the two", (span_at(file, text, at[0], "the first one"),))
        for keys, at in places.items()
        if len(at) > 1
    ]  # fmt: skip
    diagnostics += [
        Diagnostic(code, message, place_of(file, text, places, keys), form.help) for code, message, keys in problems
    ]
    raise DiagnosticError(sorted(diagnostics, key=lambda d: d.sort_key))


def _object(pairs: list[tuple[str, Json]], repeated: list[str]) -> dict[str, Json]:
    value = dict(pairs)
    if len(value) != len(pairs):
        repeated.append("")
    return value


def _refused(text: str) -> None:
    raise ValueError(text)
