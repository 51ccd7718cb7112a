"""Check the settings of a system by its JSON Schema, and fill in its defaults."""

from __future__ import annotations

from functools import cache, partial
from itertools import combinations, islice
from typing import TYPE_CHECKING, Any, NamedTuple

from pydantic import ValidationError, create_model

from sixfold_compiler.diagnostics.violations import MOST, Problem, violations
from sixfold_compiler.model.base import AnyName, Bytes, Duration, LabelKey, LabelValue, Model, Name, PodMemory, Quantity
from sixfold_compiler.model.forms import Arn, Cidr, DnsName, HttpUrl, Image, Region, Text
from sixfold_compiler.model.validation import diagnose
from sixfold_compiler.systems.about import Span

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from jsonschema_rs import Draft202012Validator
    from jsonschema_rs import ValidationError as Violation

    from sixfold_compiler.diagnostics import Json, JsonObject, ValuePath
    from sixfold_compiler.systems.about import About

__all__ = ["FORMS", "Checked", "check_part", "check_settings"]

# Values of `format` in a schema of settings: the fleet's own types of texts, with their rules and sentences.
FORMS: dict[str, Any] = {
    "arn": Arn, "bytes": Bytes, "cidr": Cidr, "dns-name": DnsName, "duration": Duration, "http-url": HttpUrl,
    "image": Image, "label-key": LabelKey, "label-value": LabelValue, "name": Name, "object-name": AnyName,
    "pod-memory": PodMemory, "quantity": Quantity, "region": Region, "text": Text,
}  # fmt: skip


class Checked(NamedTuple):
    """Settings with defaults, what is wrong with them, and those that are equal although they must differ."""

    settings: JsonObject
    problems: list[Problem]
    alike: list[Problem]


def check_settings(about: About, given: JsonObject) -> Checked:
    """Check settings against the schema of a system; return them with its defaults."""
    settings = _with_defaults(about.settings, given)
    problems = sorted(islice(_problems(about, given), MOST), key=lambda problem: [str(part) for part in problem.path])
    return Checked(settings, problems, [] if problems else list(_alike(about, given, settings)))


def check_part(about: About, given: JsonObject) -> list[Problem]:
    """Return what is wrong with the settings of one layer, which may lack what other layers have."""
    return list(islice(_problems(about, _without_nulls(given), part=True), MOST))


def _without_nulls(given: JsonObject) -> dict[str, Json]:
    return {
        name: _without_nulls(value) if isinstance(value, dict) else value
        for name, value in given.items()
        if value is not None
    }


def _with_defaults(schema: Json, given: JsonObject) -> dict[str, Json]:
    """Return values with the defaults of a schema's properties, at any depth of objects."""
    settings = dict(given)
    for name, below in _properties(schema).items():
        if name not in settings and isinstance(below, dict) and "default" in below:
            settings[name] = below["default"]
        if isinstance(value := settings.get(name), dict):
            settings[name] = _with_defaults(below, value)
    return settings


def _properties(schema: Json) -> JsonObject:
    properties = schema.get("properties") if isinstance(schema, dict) else None
    return properties if isinstance(properties, dict) else {}


def _problems(about: About, given: JsonObject, *, part: bool = False) -> Iterator[Problem]:
    """Yield what is wrong with settings; of a part of them, what no other layer can correct."""
    if not given and (part or not about.settings.get("required")):
        return  # nothing to check, and the library for it takes time to load
    from jsonschema_rs import ValidationErrorKind as Kind  # noqa: PLC0415 (as in `_validator_of`)

    errors = list(islice(_validator_of(about).iter_errors(given), 10 * MOST))
    mistyped = [error.instance_path for error in errors if isinstance(error.kind, Kind.Type)]
    for error in errors:
        if isinstance(error.kind, Kind.Minimum) and error.instance_path in mistyped:
            continue
        of_all = isinstance(error.kind, Kind.Required) or not (
            error.instance_path or isinstance(error.kind, Kind.AdditionalProperties)
        )
        if part and of_all:
            continue
        if (sentence := _malformed(error, _form_of(about, error))) is not None:
            yield sentence
        else:
            yield from violations(error, partial(_fields, about.settings), "compare it with docs/systems.md")


def _validator_of(about: About) -> Draft202012Validator:
    from jsonschema_rs import Draft202012Validator  # noqa: PLC0415 (a big library, and not every fleet has settings)

    return Draft202012Validator(
        about.settings, validate_formats=True, formats={name: partial(_has_form, name) for name in FORMS}
    )


@cache
def _model(form: str) -> type[Model]:
    return create_model("Setting", __base__=Model, value=(FORMS[form], ...))


def _has_form(form: str, text: str) -> bool:
    try:
        _model(form).model_validate({"value": text})
    except ValidationError:
        return False
    return True


def _form_of(about: About, error: Violation) -> str:
    """Return the form that a text lacks, or that says what a number below its minimum should be; empty for others."""
    from jsonschema_rs import ValidationErrorKind as Kind  # noqa: PLC0415 (as in `_validator_of`)

    if isinstance(error.kind, Kind.Format):
        return str(error.kind.format)
    schema: Json = about.settings
    for part in error.instance_path if isinstance(error.kind, Kind.Minimum) else ():
        schema = _properties(schema).get(str(part))
    return str(schema.get("format", "")) if isinstance(schema, dict) else ""


def _malformed(error: Violation, form: str) -> Problem | None:
    """Return the problem of a value that lacks its form, in the words of the fleet's own fields; None for others."""
    if form not in FORMS:
        return None
    given = error.instance
    value: dict[str, Json] = {"value": given if isinstance(given, int) else str(given)}
    try:
        _model(form).model_validate(value)
    except ValidationError as wrong:
        (finding,) = diagnose(wrong, _model(form), value, lambda _path: None, code="SF303")
        return Problem(tuple(error.instance_path), finding.message.removeprefix("value "), finding.help)
    return None


def _fields(schema: Json, path: ValuePath) -> list[str]:
    """Return the names of a schema's fields at a path."""
    for part in path:
        if isinstance(part, int):
            schema = schema.get("items") if isinstance(schema, dict) else None
        else:
            schema = _properties(schema).get(part)
    return sorted(_properties(schema))


def _alike(about: About, given: JsonObject, settings: JsonObject) -> Iterator[Problem]:
    """Yield a problem for each setting that has the value of another one from which it must differ."""
    for group in about.different:
        spans = [each for each in group if isinstance(each, Span)]
        for span in spans:
            first, count = _numbers(settings, span.first, span.count)
            if first + count - 1 > span.most:
                text = f"is {first}, the first of {count} ({span.count}), but the last number is {span.most}"
                yield Problem((span.first,), text, f"write at most {span.most - count + 1}")
        counts = {span.first: span.count for span in spans}
        names = [each.first if isinstance(each, Span) else each for each in group]
        for first_name, second_name in combinations(names, 2):
            yield from _meeting(given, settings, counts, first_name, second_name)


def _meeting(
    given: JsonObject, settings: JsonObject, counts: Mapping[str, str], first: str, second: str
) -> Iterator[Problem]:
    """Yield a problem if two settings, or rows of numbers that begin with them, have a value in common."""
    # The one that the fleet has set is the one to mark.
    marked, other = (first, second) if first in given and second not in given else (second, first)
    if settings.get(first) == settings.get(second):
        yield Problem((marked,), f"is {settings[marked]}, as {other} is", "give each a value of its own")
        return
    (begin, size), (other_begin, other_size) = (
        _numbers(settings, name, counts.get(name, "")) for name in (marked, other)
    )
    if begin < other_begin + other_size and other_begin < begin + size:
        if marked in counts:
            text = f"has the numbers {begin} to {begin + size - 1} ({counts[marked]}), and {other} is {other_begin}"
        else:
            last = other_begin + other_size - 1
            text = f"is {begin}, but {other} has the numbers {other_begin} to {last} ({counts[other]})"
        yield Problem((marked,), text, "give each numbers of its own")


def _numbers(settings: JsonObject, first: str, count: str) -> tuple[int, int]:
    """Return the first of a row of numbers, and how many there are; none if they are no numbers."""
    begin, size = settings.get(first), settings.get(count, 1)
    return (begin, size) if isinstance(begin, int) and isinstance(size, int) else (0, 0)
