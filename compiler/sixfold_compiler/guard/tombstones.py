"""Decide which drops tombstones cover."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sixfold_compiler.guard.drops import Drop
    from sixfold_compiler.model.tombstone import Tombstone

__all__ = ["covered", "covers"]


def covered(drop: Drop, tombstones: Iterable[Tombstone]) -> bool:
    """Return whether at least one of the tombstones covers a drop."""
    return any(covers(tombstone, drop) for tombstone in tombstones)


def covers(tombstone: Tombstone, drop: Drop) -> bool:
    """Return whether a tombstone covers a drop: every name that it states matches. Its last day is not checked."""
    if tombstone.kind or tombstone.name:
        kind, _, name = drop.object.partition("/")
        if not drop.object or (tombstone.kind or kind) != kind or (tombstone.name or name) != name:
            return False
    if drop.kind == "argocd":
        return _covers_argocd(tombstone, drop)
    return (
        tombstone.instance is None
        and (tombstone.environment or drop.environment) == drop.environment
        and (tombstone.data_center or drop.data_center) == drop.data_center
        and (tombstone.cluster or drop.cluster) == drop.cluster
        and (tombstone.team or drop.team) == drop.team
        and (tombstone.app or drop.app) == drop.app
    )


def _covers_argocd(tombstone: Tombstone, drop: Drop) -> bool:
    if tombstone.cluster is not None:  # the Secret of a cluster has its name, and is kept longer than its folder
        secret = f"Secret/cluster-{tombstone.environment}-{tombstone.cluster}"
        return tombstone.team is None and drop.object == secret
    if tombstone.app or tombstone.environment or tombstone.data_center:
        return False
    return (tombstone.instance or drop.instance) == drop.instance and (tombstone.team or drop.team) == drop.team
