"""Which drops a tombstone covers."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sixfold_compiler.guard.drops import Drop
    from sixfold_compiler.model.tombstone import Tombstone

__all__ = ["covered", "covers"]


def covered(drop: Drop, tombstones: Iterable[Tombstone]) -> bool:
    """Whether any of them covers it."""
    return any(covers(stone, drop) for stone in tombstones)


def covers(stone: Tombstone, drop: Drop) -> bool:
    """Whether a tombstone, on a day that it holds, approves a drop: the drop has every name that it gives."""
    if stone.kind or stone.name:
        kind, _, name = drop.object.partition("/")
        if not drop.object or (stone.kind or kind) != kind or (stone.name or name) != name:
            return False
    if drop.kind == "argocd":
        return _covers_argocd(stone, drop)
    return (
        stone.instance is None
        and (stone.environment or drop.environment) == drop.environment
        and (stone.data_center or drop.data_center) == drop.data_center
        and (stone.cluster or drop.cluster) == drop.cluster
        and (stone.team or drop.team) == drop.team
        and (stone.app or drop.app) == drop.app
    )


def _covers_argocd(stone: Tombstone, drop: Drop) -> bool:
    if stone.cluster is not None:  # a cluster's Secret is named after it, and outlives its folder in the tree
        return stone.team is None and drop.object == f"Secret/cluster-{stone.environment}-{stone.cluster}"
    if stone.app or stone.environment or stone.data_center:
        return False
    return (stone.instance or drop.instance) == drop.instance and (stone.team or drop.team) == drop.team
