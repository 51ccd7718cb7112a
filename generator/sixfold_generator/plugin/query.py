"""What is asked: the body of a request as a typed question. Pure; every fault is a `Refusal` in the asker's words."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import orjson

from sixfold_compiler.diagnostics import nearest
from sixfold_generator.plugin.outcomes import OUTCOMES

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["MAX_DEPTH", "MAX_VALUES", "NAME", "PARAMETERS", "UNIT", "UNITS", "Ask", "Refusal", "parse", "shown"]

# What a request may select by, with the units that each applies to.
PARAMETERS: Mapping[str, tuple[str, ...]] = {
    "environment": ("cluster", "namespace", "app"),
    "dataCenter": ("cluster", "namespace", "app"),
    "cluster": ("cluster", "namespace", "app"),
    "instance": ("cluster", "namespace", "app"),
    "team": ("namespace", "app"),
    "namespace": ("namespace", "app"),
    "app": ("app",),
}
UNITS = ("cluster", "namespace", "app")
UNIT = "namespace"  # when none is given
NAME = re.compile(r"[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?")  # whatever an inventory names
MAX_DEPTH = 16
MAX_VALUES = 1000
MAX_SHOWN = 63
MAX_BRIEF = 10  # values of a parameter in a log line


class Refusal(Exception):  # noqa: N818 - an answer like any other, not an error of ours
    """A request that gets no parameters. `message` is stable: the same request gets the same words."""

    def __init__(self, outcome: str, message: str) -> None:
        super().__init__(message)
        self.status = OUTCOMES[outcome].status
        self.outcome = outcome
        self.message = message


@dataclass(frozen=True, slots=True)
class Ask:
    """One question. `selection` has the given parameters only, values sorted: equal questions are equal."""

    application_set: str
    unit: str
    selection: tuple[tuple[str, tuple[str, ...]], ...]

    @property
    def question(self) -> tuple[str, tuple[tuple[str, tuple[str, ...]], ...]]:
        """What decides the answer: who asks does not."""
        return (self.unit, self.selection)

    @property
    def brief(self) -> dict[str, str | list[str]]:
        """The question as it may stand in a log line."""
        found: dict[str, str | list[str]] = {"unit": self.unit}
        for key, values in self.selection:
            found[key] = [shown(value, quoted=False) for value in values[:MAX_BRIEF]]
        return found


def parse(body: bytes) -> Ask:
    """The question in a request's body. Raises `Refusal` (400)."""
    try:
        document = orjson.loads(body)
    except ValueError:
        raise _bad("the body is not JSON") from None
    if _deeper(document, MAX_DEPTH):
        raise _bad(f"the body is nested deeper than {MAX_DEPTH} levels")
    if not isinstance(document, dict) or not isinstance(document.get("input"), dict):
        raise _bad("the body must be an object with an object called input")
    name = document.get("applicationSetName")
    if not isinstance(name, str):
        raise _bad("applicationSetName must be a string")
    parameters = document["input"].get("parameters", {})
    if not isinstance(parameters, dict):
        raise _bad("input.parameters must be an object")
    for key in parameters:
        if key != "unit" and key not in PARAMETERS:
            close = nearest(key[:MAX_SHOWN], ("unit", *PARAMETERS))
            hint = f"did you mean {close}?" if close else "known: unit, " + ", ".join(PARAMETERS)
            raise _bad(f"unknown parameter {shown(key)}; {hint}")
    unit = _unit(parameters.get("unit", UNIT))
    selection = []
    for key in sorted(parameters.keys() - {"unit"}):
        if unit not in PARAMETERS[key]:
            raise _bad(f"parameter {key} does not apply to unit {unit}")
        selection.append((key, _values(key, parameters[key])))
    return Ask(name, unit, tuple(selection))


def shown(value: str, *, quoted: bool = True) -> str:
    """`value` as it may stand in a message or log line: short, quoted, without controls."""
    if len(value) <= MAX_SHOWN and value.isprintable() and '"' not in value:
        return f'"{value}"' if quoted else value
    cut = value if len(value) <= MAX_SHOWN else value[:MAX_SHOWN] + "…"
    plain = "".join(c if c.isprintable() and c != '"' else "?" for c in cut)
    return f'"{plain}"' if quoted else plain


def _unit(value: Any) -> str:
    if isinstance(value, list) and len(value) == 1:
        value = value[0]
    if not isinstance(value, str):
        raise _bad("parameter unit must be one of cluster, namespace, app")
    if value not in UNITS:
        close = nearest(value[:MAX_SHOWN], UNITS)
        raise _bad(
            f"unknown unit {shown(value)}; " + (f"did you mean {close}?" if close else "known: " + ", ".join(UNITS))
        )
    return value


def _values(key: str, value: Any) -> tuple[str, ...]:
    values = value if isinstance(value, list) else [value]
    if not values or len(values) > MAX_VALUES or not all(isinstance(one, str) for one in values):
        raise _bad(f"parameter {key} must be a string or a list of strings, not empty")
    for one in values:
        if not NAME.fullmatch(one):
            raise _bad(f"{shown(one)} is no {key}: names have lower-case letters, digits and hyphens, at most 63")
    return tuple(sorted(set(values)))


def _deeper(document: Any, limit: int) -> bool:
    level = [document]
    for _ in range(limit + 1):
        level = [
            child
            for node in level
            if isinstance(node, dict | list)
            for child in (node.values() if isinstance(node, dict) else node)
        ]
        if not level:
            return False
    return True


def _bad(message: str) -> Refusal:
    return Refusal("bad-request", message)
