"""How the last adoption went, as the adopter leaves it for the workers' readiness and metrics."""

from __future__ import annotations

from dataclasses import dataclass

import orjson

from sixfold_generator.state.clock import Instant

__all__ = ["Attempt", "Problem"]


@dataclass(frozen=True, slots=True)
class Problem:
    """A diagnostic without its place: code, one line, and what to do."""

    code: str
    message: str
    help: str


@dataclass(frozen=True, slots=True)
class Attempt:
    """One run over the tree with fingerprint `signature`; `outcome` is adopted, unchanged, refused or failed."""

    signature: str
    outcome: str
    commit: str
    problems: tuple[Problem, ...]
    at: Instant

    def encode(self) -> bytes:
        """As bytes for the state folder."""
        return orjson.dumps(self, option=orjson.OPT_SORT_KEYS) + b"\n"

    @classmethod
    def decode(cls, data: bytes) -> Attempt | None:
        """The attempt of these bytes; None when they are damaged (then the tree is simply tried again)."""
        try:
            raw = orjson.loads(data)
            return cls(
                signature=raw["signature"],
                outcome=raw["outcome"],
                commit=raw["commit"],
                problems=tuple(Problem(**problem) for problem in raw["problems"]),
                at=Instant(**raw["at"]),
            )
        except (ValueError, KeyError, TypeError):
            return None
