"""The record of the last readings of the live clusters, and its JSON. JSON that is not well-formed is no record."""

from __future__ import annotations

from collections.abc import Mapping  # noqa: TC003 - pydantic reads the annotations
from dataclasses import dataclass, field
from typing import Annotated, Literal

import orjson
from pydantic import Field, TypeAdapter, ValidationError

from sixfold_generator.state.clock import Instant  # noqa: TC001 - pydantic reads the annotations

__all__ = ["Amounts", "Live", "Reading", "Registered", "Registration", "decode", "encode"]

Amount = Annotated[float, Field(ge=0, allow_inf_nan=False)]
Count = Annotated[int, Field(ge=0, lt=1 << 53)]
Reason = Annotated[str, Field(max_length=1000)]
# In the Argo CD of a cluster: registered, not registered, registered under another server, or known with an error.
Registered = Literal["yes", "no", "elsewhere", "frozen"]


@dataclass(frozen=True, slots=True)
class Amounts:
    """Cores, bytes and pods."""

    cpu: Amount
    memory: Amount
    pods: Amount


@dataclass(frozen=True, slots=True)
class Reading:
    """The capacity of one cluster, when it was read, and what has failed since.

    `allocatable` and `requested` are None before the first success. `failures` counts every failed reading, `failing`
    those since the last success; `why` is the reason of the last one.
    """

    allocatable: Amounts | None = None
    requested: Amounts | None = None
    at: Instant | None = None
    failures: Count = 0
    failing: Count = 0
    why: Reason = ""


@dataclass(frozen=True, slots=True)
class Registration:
    """Which clusters Argo CD knew when its cluster Secrets were last read, and what has failed since."""

    clusters: Mapping[str, Registered] = field(default_factory=dict)
    at: Instant | None = None
    failing: Count = 0
    why: Reason = ""


@dataclass(frozen=True, slots=True)
class Live:
    """The readings of all clusters by their keys. `at` is the end of the last round, successful or not."""

    at: Instant
    clusters: Mapping[str, Reading] = field(default_factory=dict)
    registration: Registration = field(default_factory=Registration)


_ADAPTER = TypeAdapter(Live)


def encode(live: Live) -> bytes:
    """Return the record as JSON; equal records give equal bytes."""
    return orjson.dumps(live, option=orjson.OPT_SORT_KEYS)


def decode(data: bytes) -> Live | None:
    """Return the record that this JSON holds, or None where the JSON or any value in it is not well-formed."""
    try:
        return _ADAPTER.validate_json(data, strict=True)
    except ValidationError:
        return None
