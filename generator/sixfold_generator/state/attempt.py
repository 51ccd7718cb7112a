"""The record of the last adoption, which the adopter leaves for readiness and metrics of the workers."""

from __future__ import annotations

from dataclasses import dataclass

import orjson
from pydantic import TypeAdapter, ValidationError

from sixfold_generator.state.clock import Instant  # noqa: TC001 - pydantic reads the annotations

__all__ = ["Attempt", "Problem"]


@dataclass(frozen=True, slots=True)
class Problem:
    """A diagnostic without its place: code, one line, and how to fix it."""

    code: str
    message: str
    help: str


@dataclass(frozen=True, slots=True)
class Attempt:
    """One run of the adopter over the tree with the fingerprint `signature`.

    `outcome` is adopted, unchanged, refused or failed; persisted or failed for a check of the ConfigMaps. `seen` is the
    last day (UTC) on which the adopted commit `head` was the present one; empty if that is unknown, or outside git.
    """

    signature: str
    outcome: str
    commit: str
    problems: tuple[Problem, ...]
    at: Instant
    head: str = ""
    seen: str = ""

    def encode(self) -> bytes:
        """Return the record as a line of JSON."""
        return orjson.dumps(self, option=orjson.OPT_SORT_KEYS) + b"\n"

    @classmethod
    def decode(cls, data: bytes) -> Attempt | None:
        """Return the record that this JSON holds; None where it is damaged, so that the tree is tried again."""
        try:
            return _ADAPTER.validate_json(data, strict=True)
        except ValidationError:
            return None


_ADAPTER = TypeAdapter(Attempt)
