"""The adopted state of a generator, as the generator hands it to `sixfold guard`."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import orjson
from pydantic import TypeAdapter

from sixfold_compiler.guard.holdings import Holdings  # noqa: TC001 - pydantic reads the annotations
from sixfold_compiler.guard.judge import Spent  # noqa: TC001

__all__ = ["AdoptedState"]


@dataclass(frozen=True, slots=True)
class AdoptedState:
    """The holdings that a generator has adopted, and the drops that budgets have let through in recent days."""

    holdings: Holdings
    spent: tuple[Spent, ...]

    @classmethod
    def parse(cls, data: bytes) -> AdoptedState:
        """Read the JSON that `to_bytes` writes.

        Raises:
            pydantic.ValidationError: The bytes are not JSON, or a field is missing or of the wrong type.
        """
        return _adapter().validate_json(data)

    def to_bytes(self) -> bytes:
        """Return the state as JSON with a newline at the end."""
        return orjson.dumps(self, option=orjson.OPT_APPEND_NEWLINE)


@cache
def _adapter() -> TypeAdapter[AdoptedState]:
    return TypeAdapter(AdoptedState)
