"""The tombstones that a step needs, as text to be written beside the lock."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from compiler.model.base import dump
from compiler.tombstones import FILE, with_tombstones

if TYPE_CHECKING:
    from collections.abc import Iterable

    from compiler.fleet import FleetInput
    from compiler.moving.step import Stone

__all__ = ["Approval", "approved"]

_WHO = ("approvedBy", "reason", "until")


@dataclass(frozen=True, slots=True)
class Approval:
    """Who approved it, why, and until which day (ISO)."""

    approved_by: str
    reason: str
    until: str


def approved(fleet: FleetInput, stones: Iterable[Stone], approval: Approval) -> tuple[str, bytes] | None:
    """The tombstones' file with these added: its name in the fleet's folder, and its bytes; None if all are."""
    there = [dump(stone) for stone in fleet.tombstones.entries]
    known = [({k: v for k, v in stone.items() if k not in _WHO}, stone["until"]) for stone in there]
    lacking = [s for s in stones if not any(scope == s and until >= approval.until for scope, until in known)]
    if not lacking:
        return None
    path = fleet.sources.folder / FILE
    who = dict(zip(_WHO, (approval.approved_by, approval.reason, approval.until), strict=True))
    data = path.read_bytes() if path.is_file() else None
    return FILE, with_tombstones(data, [{**stone, **who} for stone in lacking])
