"""The tombstones that a step needs, as text to be written beside the lock."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sixfold_compiler.inputs.tombstones import with_tombstones
from sixfold_compiler.model.base import dump

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sixfold_compiler.inputs.fleet import FleetInput
    from sixfold_compiler.migration.step import Stone

__all__ = ["Approval", "approved"]

_WHO = ("approvedBy", "reason", "until")


@dataclass(frozen=True, slots=True)
class Approval:
    """Who approved it, why, and until which day (ISO)."""

    approved_by: str
    reason: str
    until: str


def approved(fleet: FleetInput, data: bytes | None, stones: Iterable[Stone], approval: Approval) -> bytes | None:
    """The bytes of the tombstones' file with these added; None if all are approved already.

    Args:
        fleet: The fleet, with the tombstones that there are.
        data: Their file's bytes; None where there is no file.
        stones: The scopes to approve.
        approval: By whom, why, and how long. One that holds for a shorter time does not count as there.
    """
    there = [dump(stone) for stone in fleet.tombstones.entries]
    known = [({k: v for k, v in stone.items() if k not in _WHO}, stone["until"]) for stone in there]
    lacking = [s for s in stones if not any(scope == s and until >= approval.until for scope, until in known)]
    if not lacking:
        return None
    who = dict(zip(_WHO, (approval.approved_by, approval.reason, approval.until), strict=True))
    return with_tombstones(data, [{**stone, **who} for stone in lacking])
