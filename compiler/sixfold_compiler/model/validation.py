"""Diagnostics for documents that a model rejects, in terms that the document's author knows."""

from __future__ import annotations

import re
import types
import typing
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from pydantic import BaseModel, ValidationError

from sixfold_compiler.diagnostics import Diagnostic, Span, nearest, path_text, printable, suggest, value_at
from sixfold_compiler.model import patterns
from sixfold_compiler.model.base import RuleError
from sixfold_compiler.model.quantities import quantity_help

if TYPE_CHECKING:
    from collections.abc import Callable

    from pydantic_core import ErrorDetails

    from sixfold_compiler.diagnostics import Json, ValuePath

__all__ = ["diagnose", "fields_at", "is_omission", "kind_at"]

_LONGEST = 80  # characters of a key or value
_WORD = re.compile(r"'([^']*)'")

# What a value must be, and how to write it, by the type of pydantic's error.
_MAPPING = ("be a mapping", "write names with values")
_TYPES = {
    "string_type": ("be text", "write a text, in quotes"),
    "int_type": ("be a whole number", "write a whole number, without quotes"),
    "float_type": ("be a number", "write a number, without quotes"),
    "bool_type": ("be true or false", "write true or false, without quotes"),
    "list_type": ("be a list", "write a list of items"),
    "dict_type": _MAPPING,
    "model_type": _MAPPING,
}

# The same for limits, with the fields of pydantic's context.
_LIMITS = {
    "string_too_long": ("have at most {max_length} characters", "shorten it"),
    "string_too_short": ("have at least {min_length} characters", "write more"),
    "too_short": ("have at least {min_length} entries", "add an entry"),
    "too_long": ("have at most {max_length} entries", "remove entries"),
    "greater_than_equal": ("be at least {ge}", "write {ge} or a larger number"),
    "less_than_equal": ("be at most {le}", "write {le} or a smaller number"),
    "less_than": ("be below {lt:g}", "write a number below {lt:g}"),
}


class _Wording(NamedTuple):
    """The text for one invalid value: a message that continues the value's name, and a help.

    `marks_value` says to mark the value instead of its key; `is_key` says that the key itself is invalid.
    """

    message: str
    help: str
    marks_value: bool = False
    is_key: bool = False


def diagnose(
    error: ValidationError,
    model: type[BaseModel],
    value: Json,
    span: Callable[[ValuePath], Span | None],
    *,
    code: str,
    prefix: ValuePath = (),
    app: str = "",
    ignore: Callable[[str, ValuePath], bool] | None = None,
    value_span: Callable[[ValuePath], Span | None] | None = None,
) -> list[Diagnostic]:
    """Return one diagnostic for each invalid value of a document, sorted by position.

    Args:
        error: The error that pydantic raised.
        model: The model that was validated.
        value: The value that was validated.
        span: Returns the source position of a path of the document.
        code: The code of the diagnostics.
        prefix: The path of `value` inside the document.
        app: `team/app` if the problem belongs to one app.
        ignore: Returns whether to ignore pydantic's error of a given type at a path.
        value_span: Returns the position of the value at a path, for a misspelled value.  [default: `span`]
    """
    problems = []
    for path, items in _by_path(error, value, ignore).items():
        full = (*prefix, *path)
        wording = (
            _unknown_field(items, model, path)
            or _wrong_key(items, path)
            or _misspelled(items, value_at(value, path))
            or _wrong(items, value_at(value, path), path)
        )
        subject = _named(full) or "the document"
        if wording.is_key:
            subject = f"the key {_shown(full[-1])} of {_named(full[:-1]) or 'the document'}"
        place = (value_span or span)(full) if wording.marks_value else span(full)
        problems.append(Diagnostic(code, f"{subject} {wording.message}", place, wording.help, app=app))
    return sorted(problems, key=lambda problem: problem.sort_key)


def is_omission(kind: str, _path: ValuePath) -> bool:
    """Return whether an error of type `kind` only reports a missing field, which the spec of a layer may omit."""
    return kind in ("missing", "value_error")


def _by_path(
    error: ValidationError, value: Json, ignore: Callable[[str, ValuePath], bool] | None
) -> dict[ValuePath, list[ErrorDetails]]:
    """Group pydantic's errors by the path of the value that they concern, without those to ignore."""
    by_path: dict[ValuePath, list[ErrorDetails]] = {}
    for item in error.errors(include_url=False, include_input=False):
        path = _real_path(item["loc"], value, item["type"])
        if ignore is None or not ignore(item["type"], path):
            by_path.setdefault(path, []).append(item)
    return by_path


def _unknown_field(items: list[ErrorDetails], model: type[BaseModel], path: ValuePath) -> _Wording | None:
    if all(item["type"] != "extra_forbidden" for item in items):
        return None
    fields = fields_at(model, path[:-1])
    return _Wording("is an unknown field", suggest(str(path[-1]), fields) if fields else "remove it")


def _wrong_key(items: list[ErrorDetails], path: ValuePath) -> _Wording | None:
    """Return the text for an invalid key of a mapping; None if the key is valid."""
    wrong = [item for item in items if item["loc"][-1:] == ("[key]",)]
    if not wrong:
        return None
    wording = _wrong(wrong, None, path)
    return _Wording(wording.message.removeprefix("is empty, but "), wording.help, is_key=True)


def _misspelled(items: list[ErrorDetails], value: Json) -> _Wording | None:
    """Return the text for an invalid quantity, or a text that resembles an allowed value; None for other errors."""
    if not isinstance(value, str):
        return None
    if any((item.get("ctx") or {}).get("pattern") == patterns.QUANTITY for item in items):
        return _Wording(f"is {_shown(value)}, which is not a quantity", quantity_help(value), marks_value=True)
    if len(items) == 1 and items[0]["type"] in ("literal_error", "enum"):
        values = {word.casefold(): word for word in _allowed(items[0])}
        if meant := values.get(value.casefold()) or nearest(value, values.values()):
            message = f"is {_shown(value)}, but must {_rule(items[0], value).requirement}"
            return _Wording(message, f"did you mean {meant!r}?", marks_value=True)
    return None


def _wrong(items: list[ErrorDetails], value: Json, path: ValuePath) -> _Wording:
    """Return the text for an invalid value: each violated requirement once, and each fix."""
    for item in items:
        if item["type"] == "missing":
            return _Wording("is missing", f"add {_named(path[-1:])}")
        if item["type"] == "value_error":
            error = (item.get("ctx") or {}).get("error")
            return _Wording(str(error or "is not valid"), error.help if isinstance(error, RuleError) else "")
    rules = [_rule(item, value) for item in items]
    requirements = ", or ".join(dict.fromkeys(rule.requirement for rule in rules))
    shown = "" if any(rule.hides_value for rule in rules) else f"is {_shown(value)}, but "
    return _Wording(f"{shown}must {requirements}", ", or ".join(dict.fromkeys(rule.help for rule in rules)))


class _Rule(NamedTuple):
    """A violated rule: a requirement that continues "must", a help, and whether the value may be a secret."""

    requirement: str
    help: str
    hides_value: bool = False


def _rule(item: ErrorDetails, value: Json) -> _Rule:
    """Return the rule that one of pydantic's errors reports, without pydantic's words."""
    kind, context = item["type"], item.get("ctx", {})
    if kind == "string_type" and isinstance(value, (bool, int, float)):
        return _Rule("be text", f'write it in quotes: "{_shown(value)}"')
    if kind in _TYPES:
        return _Rule(*_TYPES[kind])
    if kind in _LIMITS:
        requirement, fix = _LIMITS[kind]
        plural = requirement.replace("entries", "entry") if context.get("min_length") == 1 else requirement
        return _Rule(plural.format(**context), fix.format(**context))
    if kind in ("literal_error", "enum"):
        allowed = _allowed(item)
        expected = context.get("expected", "one of the known values")
        return _Rule(
            f"be {expected}", f"write {allowed[0]} instead" if len(allowed) == 1 else "write one of these values"
        )
    if kind == "string_pattern_mismatch" and (words := patterns.WORDS.get(str(context.get("pattern")))):
        pattern = context["pattern"]
        hides = pattern in patterns.SECRETS or (pattern in patterns.URLS and "@" in str(value))
        return _Rule(f"be {words[0]}", words[1], hides_value=hides)
    return _Rule("have another form", "compare it with the field's description in `sixfold schema`")


def _allowed(item: ErrorDetails) -> list[str]:
    """Return the values that a literal field allows, from pydantic's text: `'a', 'b' or 'c'`."""
    return _WORD.findall(str((item.get("ctx") or {}).get("expected", "")))


def _shown(value: Json) -> str:
    """Return a value for a message: text in quotes and truncated, a list or a mapping without its content."""
    if isinstance(value, str):
        return printable(repr(value if len(value) <= _LONGEST else value[:_LONGEST] + "…"))
    if isinstance(value, (list, dict)):
        noun = "list" if isinstance(value, list) else "mapping"
        return f"a {noun}" if value else f"an empty {noun}"
    return "empty" if value is None else str(value).lower()


def _named(path: ValuePath) -> str:
    return printable(path_text(path))


def fields_at(model: type[BaseModel], path: ValuePath) -> list[str]:
    """Return the camelCase field names of the model at `path`; empty if there is no model."""
    for candidate in _members(_annotation_at(model, path)):
        if isinstance(candidate, type) and issubclass(candidate, BaseModel):
            return [f.alias or name for name, f in candidate.model_fields.items()]
    return []


def kind_at(model: type[BaseModel], path: ValuePath) -> Literal["record", "list", "mapping", "value", ""]:
    """Return the kind of value that a model has at `path`; empty if it has none, or one of several kinds."""
    kinds: set[Literal["record", "list", "mapping", "value"]] = set()
    for candidate in _members(_annotation_at(model, path)):
        origin = typing.get_origin(candidate)
        if candidate in (None, type(None)):
            continue
        if isinstance(candidate, type) and issubclass(candidate, BaseModel):
            kinds.add("record")
        elif origin is list or origin is dict:
            kinds.add("list" if origin is list else "mapping")
        elif origin is typing.Literal or candidate in (str, int, float, bool):
            kinds.add("value")
        else:
            return ""
    return kinds.pop() if len(kinds) == 1 else ""


# `Any` in the following functions is an annotation: a class, a union or an alias, for which there is no common type.


def _annotation_at(model: type[BaseModel], path: ValuePath) -> Any:
    """Return the type annotation of the value at `path` of a model; None if the model has no such value."""
    if not path:
        return model
    candidates = _members(_annotation_at(model, path[:-1]))
    return next(filter(None, (_below(candidate, path[-1]) for candidate in candidates)), None)


def _below(annotation: Any, part: str | int) -> Any:
    origin, args = typing.get_origin(annotation), typing.get_args(annotation)
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        fields = annotation.model_fields.items()
        return next((field.annotation for name, field in fields if part in (field.alias, name)), None)
    if (origin is list and isinstance(part, int)) or (origin is dict and isinstance(part, str)):
        return args[-1]
    return None


def _members(annotation: Any) -> tuple[Any, ...]:
    """Return the members of a union, nested unions included; a type that is not a union is its only member."""
    origin = typing.get_origin(annotation)
    if origin is typing.Annotated:
        return _members(typing.get_args(annotation)[0])
    if origin is typing.Union or isinstance(annotation, types.UnionType):
        return tuple(m for a in typing.get_args(annotation) for m in _members(a))
    return (annotation,)


def _real_path(loc: tuple[str | int, ...], value: Json, kind: str) -> ValuePath:
    """Return the part of pydantic's `loc` that exists in `value`, and the last part too if it is missing.

    `loc` also contains names of union members and marks of keys, which are removed.
    """
    path: list[str | int] = []
    current = value
    for part in loc:
        if isinstance(current, list) and isinstance(part, int) and part < len(current):
            current = current[part]
        elif isinstance(current, dict) and isinstance(part, str) and part in current:
            current = current.get(part)
        elif kind != "missing" or not isinstance(current, dict) or part != loc[-1]:
            continue
        path.append(part)
    return tuple(path)
