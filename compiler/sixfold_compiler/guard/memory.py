"""The memory of the guard: deletions of the last days that budgets allowed, and that still count against them.

It is a function of the trees of the past, so a compile that reads them from git knows what a generator remembers that
adopted them one by one.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from typing import TYPE_CHECKING

from sixfold_compiler.guard.drops import Drop, drops_between, lost_objects
from sixfold_compiler.guard.tombstones import approved_by, covered

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from sixfold_compiler.guard.holdings import Holdings
    from sixfold_compiler.model.tombstone import Deletions, Tombstone

__all__ = ["Past", "Spent", "remembered", "still_counted"]


@dataclass(frozen=True, slots=True, order=True)
class Spent:
    """A drop that a budget allowed, with the day (ISO date, UTC) on which it did."""

    day: str
    drop: Drop


@dataclass(frozen=True, slots=True)
class Past:
    """A tree of the past: the day from which it was served (UTC), what it holds, and the rules that it came with."""

    day: date
    holdings: Holdings
    tombstones: tuple[Tombstone, ...]
    budgets: Deletions


def remembered(history: Sequence[Past]) -> tuple[Spent, ...]:
    """Return the drops that still count after a history of trees, the oldest first. Nothing is known before the first.

    Each tree was served, so all of its drops happened, within the budgets or not.
    """
    spent: tuple[Spent, ...] = ()
    for before, now in pairwise(history):
        valid = [tombstone for tombstone in now.tombstones if tombstone.covers_on(now.day)]
        drops = tuple(drops_between(before.holdings, now.holdings))
        approved = approved_by(before.holdings, now.holdings, drops, valid)
        spent = (
            *still_counted(spent, now.holdings, valid, now.budgets.days, now.day),
            *(Spent(now.day.isoformat(), drop) for drop in drops if drop.team and drop.counts and drop not in approved),
        )
    return tuple(sorted(set(spent)))


def still_counted(
    spent: Iterable[Spent], after: Holdings, valid: Sequence[Tombstone], days: int, today: date
) -> tuple[Spent, ...]:
    """Return the earlier drops that still count against budgets: recent, not approved since, and not restored.

    What a clock that was ahead dated to a later day than today counts from today on, not until that day has passed.
    """
    return tuple(
        Spent(min(item.day, today.isoformat()), drop)
        for item in spent
        if (today - date.fromisoformat(item.day)).days < days and not covered(item.drop, valid)
        for drop in _still_gone(item.drop, after)
        if not covered(drop, valid)
    )


def _still_gone(drop: Drop, after: Holdings) -> Iterable[Drop]:
    """Return what is still deleted of a drop: all of it, nothing, or the objects that a restored overlay lacks."""
    cluster = after.clusters.get(drop.cluster_key)
    namespace = cluster.namespaces.get(drop.namespace) if cluster is not None else None
    if namespace is None or namespace.team != drop.team:
        return [drop]
    overlay = namespace.apps.get(drop.app)
    match drop.kind:
        case "overlay":
            return [drop] if overlay is None else lost_objects(drop, overlay.holds)
        case "object":
            names = {drop.object, drop.object.removesuffix(f"/{drop.app}")}
            gone = overlay is None or names.isdisjoint(overlay.holds.split())
        case _:  # an Application: budgets count nothing else
            gone = drop.name not in {namespace.application, *(entry.application for entry in namespace.apps.values())}
    return [drop] if gone else []
