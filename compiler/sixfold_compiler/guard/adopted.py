"""The adopted state of a generator, in the form in which the generator exports it to `sixfold guard`."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import orjson
from pydantic import TypeAdapter

from sixfold_compiler.guard.holdings import Holdings  # noqa: TC001 - pydantic reads the annotations
from sixfold_compiler.guard.memory import Spent  # noqa: TC001

__all__ = ["AdoptedState"]


@dataclass(frozen=True, slots=True)
class AdoptedState:
    """The holdings that a generator has adopted, and its recent deletions that budgets allowed."""

    holdings: Holdings
    spent: tuple[Spent, ...]

    @classmethod
    def parse(cls, data: bytes) -> AdoptedState:
        """Parse the JSON that `to_bytes` returns.

        Raises:
            pydantic.ValidationError: The bytes are not JSON, or a field is missing or of the wrong type.
        """
        return _adapter().validate_json(data)

    def to_bytes(self) -> bytes:
        """Return the state as JSON bytes with a final newline."""
        return orjson.dumps(self, option=orjson.OPT_APPEND_NEWLINE)


@cache
def _adapter() -> TypeAdapter[AdoptedState]:
    return TypeAdapter(AdoptedState)
