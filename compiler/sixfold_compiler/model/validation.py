"""Validation errors of a model, told in the author's words."""

from __future__ import annotations

import re
import types
import typing
from typing import TYPE_CHECKING, Any, Literal

from pydantic import BaseModel, ValidationError

from sixfold_compiler.diagnostics import Diagnostic, Span, nearest, printable, suggest
from sixfold_compiler.model.base import QUANTITY
from sixfold_compiler.model.quantities import quantity_help
from sixfold_compiler.model.roads import HOST, PATH

if TYPE_CHECKING:
    from collections.abc import Callable

    from pydantic_core import ErrorDetails

    from sixfold_compiler.diagnostics import ValuePath

__all__ = ["diagnose", "fields_at", "kind_at", "path_text"]

_WORDS = {
    "missing": "is missing",
    "extra_forbidden": "is an unknown field",
    "string_type": "must be text",
    "int_type": "must be a whole number",
    "float_type": "must be a number",
    "bool_type": "must be true or false",
    "list_type": "must be a list",
    "dict_type": "must be a mapping",
    "model_type": "must be a mapping",
    "model_attributes_type": "must be a mapping",
}
_LONGEST = 80  # characters of a key or value
_WORD = re.compile(r"'([^']*)'")
_VALUE_HINTS = {
    "string_type": "quote it: numbers, true, false and null are not text without quotes",
    "bool_type": "write true or false, without quotes",
    "int_type": "write a whole number, without quotes",
}


def diagnose(
    error: ValidationError,
    model: type[BaseModel],
    value: Any,
    span: Callable[[ValuePath], Span | None],
    *,
    code: str,
    prefix: ValuePath = (),
    app: str = "",
    ignore: Callable[[str, ValuePath], bool] | None = None,
    value_span: Callable[[ValuePath], Span | None] | None = None,
) -> list[Diagnostic]:
    """One diagnostic for each wrong place.

    Args:
        error: What pydantic found.
        model: The model that was validated.
        value: The value that was validated, to find how deep an error's location is real.
        span: Where a path of the document stands.
        code: The code to report under.
        prefix: The path of `value` inside the document.
        app: `team/app` when the problem is one app's alone.
        ignore: Whether pydantic's error of a type at a path does not count.
        value_span: Where the value at a path stands, for what is wrong with its spelling.  [default: as `span`]
    """
    found: dict[ValuePath, list[ErrorDetails]] = {}
    for item in error.errors(include_url=False, include_input=False):
        path = _real_path(item["loc"], value, item["type"])
        if ignore is None or not ignore(item["type"], path):
            found.setdefault(path, []).append(item)
    out = []
    for path, items in found.items():
        text = _named((*prefix, *path))
        unknown = next((i for i in items if i["type"] == "extra_forbidden"), None)
        if unknown is not None:
            known = fields_at(model, path[:-1])
            out.append(
                Diagnostic(
                    code,
                    f"{text} is an unknown field",
                    span((*prefix, *path)),
                    suggest(str(path[-1]), known) if known else "remove it",
                    app=app,
                )
            )
            continue
        if misspelled := _misspelled(items, _at(value, path)):
            place = (value_span or span)((*prefix, *path))
            out.append(Diagnostic(code, f"{text} {misspelled[0]}", place, misspelled[1], app=app))
            continue
        messages, hint = [], ""
        for item in items:
            message = _WORDS.get(item["type"]) or _phrase(item)
            hint = hint or _VALUE_HINTS.get(item["type"], "")
            if message not in messages:
                messages.append(message)
        out.append(
            Diagnostic(
                code, f"{text or 'the document'} {', or '.join(messages)}", span((*prefix, *path)), hint, app=app
            )
        )
    return sorted(out, key=lambda d: d.sort_key)


def _named(path: ValuePath) -> str:
    """A path of keys that people chose: on one line, and none of them longer than anyone reads."""
    return printable(path_text(tuple(part[:_LONGEST] if isinstance(part, str) else part for part in path)))


def _misspelled(items: list[ErrorDetails], value: Any) -> tuple[str, str] | None:
    """What is wrong with a text that is no quantity, or none of a few words, and what it is to be."""
    if not isinstance(value, str):
        return None
    if any((i.get("ctx") or {}).get("pattern") == QUANTITY for i in items):
        return f"{value[:_LONGEST]!r} is not a quantity", quantity_help(value)
    if len(items) == 1 and items[0]["type"] in ("literal_error", "enum"):
        known = {word.casefold(): word for word in _WORD.findall(str((items[0].get("ctx") or {}).get("expected", "")))}
        if meant := known.get(value.casefold()) or nearest(value, known.values()):
            return _phrase(items[0]), f"did you mean {meant!r}?"
    return None


def _at(value: Any, path: ValuePath) -> Any:
    for part in path:
        try:
            value = value[part]
        except (KeyError, IndexError, TypeError):
            return None
    return value


def path_text(path: ValuePath) -> str:
    """`spec.env[0].name` for ("spec", "env", 0, "name")."""
    text = ""
    for part in path:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else str(part)
    return text


def fields_at(model: type[BaseModel], path: ValuePath) -> list[str]:
    """The field names (as people write them) of the model that stands at `path`; none where it cannot be told."""
    current: Any = model
    for part in path:
        current = _step(current, part)
    for candidate in _members(current):
        if isinstance(candidate, type) and issubclass(candidate, BaseModel):
            return [f.alias or name for name, f in candidate.model_fields.items()]
    return []


def kind_at(model: type[BaseModel], path: ValuePath) -> Literal["record", "list", "mapping", "value", ""]:
    """What stands at `path` of a model; empty where it cannot be told."""
    current: Any = model
    for part in path:
        current = _step(current, part)
    found: set[Literal["record", "list", "mapping", "value"]] = set()
    for candidate in _members(current):
        origin = typing.get_origin(candidate)
        if candidate in (None, type(None)):
            continue
        if isinstance(candidate, type) and issubclass(candidate, BaseModel):
            found.add("record")
        elif origin is list or origin is dict:
            found.add("list" if origin is list else "mapping")
        elif origin is typing.Literal or candidate in (str, int, float, bool):
            found.add("value")
        else:
            return ""
    return found.pop() if len(found) == 1 else ""


def _step(annotation: Any, part: str | int) -> Any:
    for candidate in _members(annotation):
        if isinstance(candidate, type) and issubclass(candidate, BaseModel):
            for name, item in candidate.model_fields.items():
                if part in (item.alias, name):
                    return item.annotation
        origin, args = typing.get_origin(candidate), typing.get_args(candidate)
        if origin is list and isinstance(part, int):
            return args[0]
        if origin is dict and isinstance(part, str):
            return args[1]
    return None


def _members(annotation: Any) -> tuple[Any, ...]:
    origin = typing.get_origin(annotation)
    if origin is typing.Annotated:
        return _members(typing.get_args(annotation)[0])
    if origin is typing.Union or isinstance(annotation, types.UnionType):
        return tuple(m for a in typing.get_args(annotation) for m in _members(a))
    return (annotation,)


def _real_path(loc: tuple[str | int, ...], value: Any, kind: str) -> ValuePath:
    """`loc` without pydantic's marks for union members and keys, as far as `value` goes (one further if missing)."""
    path: list[str | int] = []
    current = value
    for part in loc:
        in_list = isinstance(current, list) and isinstance(part, int) and part < len(current)
        if in_list or (isinstance(current, dict) and part in current):
            current = current[part]
        elif kind == "missing" and isinstance(current, dict) and part == loc[-1]:
            pass
        else:
            continue
        path.append(part)
    return tuple(path)


_PATTERNS = {
    HOST: "must be a host name: lower-case ASCII labels with dots, the last one beginning with a letter; or *. and one",
    PATH: "must be a path of plain segments: letters, digits and . _ ~ -, no escapes, none empty, none of dots alone",
}


def _phrase(item: ErrorDetails) -> str:
    context = item.get("ctx") or {}
    match item["type"]:
        case "literal_error" | "enum":
            return f"must be {context.get('expected', 'one of the known values')}"
        case "string_pattern_mismatch":
            return _PATTERNS.get(str(context["pattern"])) or f"must match {context['pattern']}"
        case "string_too_long":
            return f"must have at most {context['max_length']} characters"
        case "string_too_short":
            return f"must have at least {context['min_length']} characters"
        case "greater_than_equal":
            return f"must be at least {context['ge']}"
        case "less_than_equal":
            return f"must be at most {context['le']}"
        case "too_short":
            return f"must have at least {context['min_length']} entries"
        case "value_error":
            return str(context.get("error", item["msg"]))
        case _:
            message = str(item["msg"])
            return message[0].lower() + message[1:]
