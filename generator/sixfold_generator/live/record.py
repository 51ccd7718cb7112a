"""What was last read of the live clusters, as a record and as bytes, which are believed only when well-formed."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, cast, get_args

import orjson

from sixfold_generator.state.clock import Instant

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["Live", "Reading", "Registration", "decode", "encode"]

Registered = Literal["yes", "no", "elsewhere", "frozen"]


@dataclass(frozen=True, slots=True)
class Reading:
    """One cluster's capacity: cores, bytes, pods; how old that is; and what failed since.

    `amounts` maps `allocatable` and `requested` to resource to number; empty before the first success. `failures`
    counts every failed reading, `failing` those since the last success, and `why` is what the last of them said.
    """

    amounts: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    at: Instant | None = None
    failures: int = 0
    failing: int = 0
    why: str = ""


@dataclass(frozen=True, slots=True)
class Registration:
    """What Argo CD knew of our clusters when it was last asked."""

    clusters: Mapping[str, Registered] = field(default_factory=dict)
    at: Instant | None = None
    failing: int = 0
    why: str = ""


@dataclass(frozen=True, slots=True)
class Live:
    """Everything that is known live. `at` is when the last round ended, whatever came of it."""

    at: Instant
    clusters: Mapping[str, Reading] = field(default_factory=dict)
    registration: Registration = field(default_factory=Registration)


def encode(live: Live) -> bytes:
    """As bytes: equal records are equal bytes."""
    return orjson.dumps(live, option=orjson.OPT_SORT_KEYS)


def decode(data: bytes) -> Live | None:
    """The record of these bytes; None when they are not well-formed in any way."""
    try:
        raw = orjson.loads(data)
        registration = raw["registration"]
        return Live(
            at=_instant(raw["at"]),
            clusters={str(key): _reading(value) for key, value in raw["clusters"].items()},
            registration=Registration(
                clusters={str(key): _registered(value) for key, value in registration["clusters"].items()},
                at=_instant(registration["at"]) if registration["at"] is not None else None,
                failing=_count(registration["failing"]),
                why=_text(registration["why"]),
            ),
        )
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None


def _reading(raw: dict[str, Any]) -> Reading:
    return Reading(
        amounts={
            kind: {name: _number(raw["amounts"][kind][name]) for name in ("cpu", "memory", "pods")}
            for kind in ("allocatable", "requested")
            if raw["amounts"]
        },
        at=_instant(raw["at"]) if raw["at"] is not None else None,
        failures=_count(raw["failures"]),
        failing=_count(raw["failing"]),
        why=_text(raw["why"]),
    )


def _instant(raw: dict[str, Any]) -> Instant:
    return Instant(_text(raw["boot"]), _number(raw["seconds"]))


def _number(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value) or value < 0:
        raise ValueError("not an amount")
    return float(value)


def _count(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < 1 << 53:
        raise ValueError("not a count")
    return value


def _text(value: object) -> str:
    if not isinstance(value, str) or len(value) > 1000:
        raise ValueError("not a short text")
    return value


def _registered(value: object) -> Registered:
    for known in get_args(Registered):
        if value == known:
            return cast("Registered", known)
    raise ValueError("not a registration")
