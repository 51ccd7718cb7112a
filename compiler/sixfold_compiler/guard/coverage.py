"""Count what wide tombstones cover: an approval without an app also covers what somebody adds later."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sixfold_compiler.guard.drops import everything_in
from sixfold_compiler.guard.tombstones import covers

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from sixfold_compiler.guard.holdings import Holdings
    from sixfold_compiler.model.tombstone import Tombstone

__all__ = ["Count", "Coverage", "coverages"]

_FILES = ("platform", "tenancy", "argocd")


@dataclass(frozen=True, slots=True)
class Count:
    """Numbers of the things in a tree that a tombstone covers.

    `others` are files of the platform and of tenancies, and objects of Argo CD.
    """

    applications: int = 0
    overlays: int = 0
    objects: int = 0
    others: int = 0


@dataclass(frozen=True, slots=True)
class Coverage:
    """The numbers of what a wide tombstone covers in the tree before a change, and in the tree after it."""

    tombstone: Tombstone
    before: Count
    after: Count


def coverages(tombstones: Iterable[Tombstone], before: Holdings, after: Holdings) -> tuple[Coverage, ...]:
    """Return the coverage of each wide tombstone: one that names no app, no kind and no object, and is no move."""
    wide = [t for t in tombstones if not (t.app or t.kind or t.name or t.leaves)]
    if not wide:
        return ()
    return tuple(Coverage(*row) for row in zip(wide, _counts(wide, before), _counts(wide, after), strict=True))


def _counts(tombstones: Sequence[Tombstone], holdings: Holdings) -> list[Count]:
    drops = {drop for drop in everything_in(holdings) if drop.kind in ("application", "overlay", *_FILES)}
    counts = []
    for tombstone in tombstones:
        covered = [drop for drop in drops if covers(tombstone, drop)]
        counts.append(
            Count(
                sum(drop.applications for drop in covered),
                sum(drop.overlays for drop in covered),
                sum(drop.objects for drop in covered),
                sum(drop.kind in _FILES for drop in covered),
            )
        )
    return counts
