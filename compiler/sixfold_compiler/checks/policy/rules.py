"""The language of the table of rules: a rule is data, so that other evaluators (CEL, for example) can have it too.

A rule says what must hold for the value at a path of an object. A value that is absent or null holds, unless the rule
is `required`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from sixfold_compiler.diagnostics import Json, JsonObject, ValuePath

__all__ = [
    "EACH",
    "KEY",
    "VALUE",
    "Absent",
    "All",
    "Either",
    "In",
    "Like",
    "Listed",
    "Lists",
    "Matches",
    "Not",
    "Operand",
    "Predicate",
    "Range",
    "Rule",
    "Same",
    "Scope",
    "Where",
    "holds",
    "operands",
    "pattern_text",
    "text_of",
]

# Steps of a path beside names of fields.
EACH = "[]"  # each entry of a list
KEY = "{key}"  # each key of a map: the last step
VALUE = "{}"  # each value of a map


@dataclass(frozen=True, slots=True)
class Lists:
    """The lists that rules refer to, for one team: those of the fleet, and those that follow from the team's name."""

    team: str = ""
    values: Mapping[str, tuple[Json, ...]] | None = None

    def get(self, name: str) -> tuple[Json, ...]:
        """Return a list; it is empty if the fleet has none."""
        return (self.values or {}).get(name, ())


@dataclass(frozen=True, slots=True)
class Listed:
    """An operand: a list of the team."""

    name: str


Operand = tuple["str | int | bool", ...] | Listed


@dataclass(frozen=True, slots=True)
class In:
    """The value is one of these."""

    operand: Operand


@dataclass(frozen=True, slots=True)
class Like:
    """The value is a text that one of these patterns describes, in which * stands for any characters of one line."""

    operand: Operand


@dataclass(frozen=True, slots=True)
class Matches:
    """The complete text matches a regular expression, which is `form`. Another value holds if `others`.

    With `others`, another check rejects a value that is no text.
    """

    pattern: str
    form: str
    others: bool = False


@dataclass(frozen=True, slots=True)
class Range:
    """The value is a whole number from `least` to `most`."""

    least: int
    most: int


@dataclass(frozen=True, slots=True)
class Same:
    """The value equals the one at another path of the object, if there is one."""

    path: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Absent:
    """There is no value."""


@dataclass(frozen=True, slots=True)
class Not:
    """The other predicate does not hold."""

    other: Predicate


@dataclass(frozen=True, slots=True)
class All:
    """All of these hold."""

    parts: tuple[Predicate, ...]


@dataclass(frozen=True, slots=True)
class Either:
    """One of these holds."""

    parts: tuple[Predicate, ...]


# Every pod, every object, the manifest of an app, or the objects of a group and kind.
Scope = Literal["pod", "object", "manifest"] | tuple[str, str]
Predicate = In | Like | Matches | Range | Same | Absent | Not | All | Either


@dataclass(frozen=True, slots=True)
class Where:
    """A path in objects of a kind, in every pod, in every object, or in the manifest of an app.

    Attributes:
        scope: `pod` (the template: `metadata` and `spec`), `object` (of every kind), `manifest`, or group and kind.
        path: Names of fields, and the steps `EACH`, `KEY` and `VALUE`.
        parts: If set, the value is a text: these fields of the mapping at the path, each with its default, joined by
            `joint`. A part without a name is a constant.
        joint: The text between two parts.
    """

    scope: Scope
    path: tuple[str, ...]
    parts: tuple[tuple[str | None, str], ...] = ()
    joint: str = "/"


@dataclass(frozen=True, slots=True)
class Rule:
    """One row of the table.

    Attributes:
        name: The name of the rule.
        code: The code of its finding.
        protects: The harm that it prevents, as a phrase.
        where: Where the values are.
        holds: The predicate that every value must satisfy.
        message: The finding, which continues a sentence that begins with the path. {value} is the value in quotes.
        write: The fix. A line of the fleet is added if the predicate refers to one of its lists.
        required: An absent value is a finding too.
        words: It judges labels and annotations, which the library adds too, so that it is for what teams write alone.
    """

    name: str
    code: str
    protects: str
    where: tuple[Where, ...]
    holds: Predicate
    message: str
    write: str
    required: bool = False
    words: bool = False


def holds(predicate: Predicate, value: Json, root: JsonObject, lists: Lists) -> bool:
    """Return whether a predicate holds for a value of the object `root`."""
    match predicate:
        case Like(operand):
            return type(value) is str and _like(_choices(operand, lists)).fullmatch(value) is not None
        case In(operand):
            return any(type(value) is type(choice) and value == choice for choice in _choices(operand, lists))
        case Matches(pattern, _, others):
            return _compiled(pattern).fullmatch(value) is not None if type(value) is str else others
        case Not(other):
            return not holds(other, value, root, lists)
        case All(parts):
            return all(holds(part, value, root, lists) for part in parts)
        case Either(parts):
            return any(holds(part, value, root, lists) for part in parts)
        case Range(least, most):
            return type(value) is int and least <= value <= most
        case Same(path):
            other_value = _at(root, path)
            return other_value is None or (type(value) is type(other_value) and value == other_value)
        case Absent():
            return False


def operands(predicate: Predicate) -> Iterator[Listed]:
    """Yield the lists that a predicate refers to."""
    match predicate:
        case In(Listed() as operand) | Like(Listed() as operand):
            yield operand
        case Not(other):
            yield from operands(other)
        case All(parts) | Either(parts):
            for part in parts:
                yield from operands(part)


def text_of(where: Where, value: Json) -> Json:
    """Return the value that a rule judges: the value itself, or the text of its parts."""
    if not where.parts or type(value) is not dict:
        return value
    values = (default if name is None else value.get(name) for name, default in where.parts)
    texts = [default if part is None else part for part, (_, default) in zip(values, where.parts, strict=True)]
    return where.joint.join(texts) if all(type(text) is str for text in texts) else value


def pattern_text(pattern: str) -> str:
    """Return the regular expression of a pattern with stars."""
    return ".*".join(re.escape(part) for part in pattern.split("*"))


@lru_cache(maxsize=4096)
def _like(patterns: tuple[str, ...]) -> re.Pattern[str]:
    return re.compile("|".join(pattern_text(pattern) for pattern in patterns) if patterns else r"(?!)")


@lru_cache(maxsize=64)
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern)


def _choices(operand: Operand, lists: Lists) -> tuple[Json, ...]:
    return lists.get(operand.name) if isinstance(operand, Listed) else operand


def _at(value: Json, path: ValuePath) -> Json:
    for step in path:
        if type(value) is not dict:
            return None
        value = value.get(str(step))
    return value
