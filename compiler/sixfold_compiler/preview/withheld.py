"""Deletions that follow from the manifests but that the deletion guard rejects."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sixfold_compiler.guard import Verdict

__all__ = ["Withheld", "withheld"]


@dataclass(frozen=True, slots=True)
class Withheld:
    """Rejected deletions that wait for an approval: their owner, the reason, and each deletion as `kind name`."""

    whose: str
    reason: str
    things: tuple[str, ...]


def withheld(verdict: Verdict) -> tuple[Withheld, ...]:
    """Return all deletions that the guard rejects: those of the platform first, then by team."""
    return tuple(_withheld(verdict))


def _withheld(verdict: Verdict) -> Iterator[Withheld]:
    if verdict.platform:
        yield Withheld("the platform", "no tombstone approves them", tuple(map(str, verdict.platform)))
    for team, held in verdict.held.items():
        yield Withheld(f"team {team}", held.reasons[0], tuple(map(str, held.drops)))
