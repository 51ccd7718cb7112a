"""Decide which drops tombstones cover."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sixfold_compiler.guard.moves import written

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from collections.abc import Set as AbstractSet

    from sixfold_compiler.guard.drops import Drop
    from sixfold_compiler.guard.holdings import Holdings
    from sixfold_compiler.model.tombstone import Tombstone

__all__ = ["approved_by", "covered", "covers", "releases", "stranded_in"]


def covered(drop: Drop, tombstones: Iterable[Tombstone]) -> bool:
    """Return whether at least one of the tombstones covers a drop."""
    return any(covers(tombstone, drop) for tombstone in tombstones)


def covers(tombstone: Tombstone, drop: Drop) -> bool:
    """Return whether a tombstone covers a drop: every name that it states matches. Its last day is not checked."""
    if drop.leaves or tombstone.leaves:
        return bool(drop.leaves) and _covers_move(tombstone, drop)
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


def approved_by(
    before: Holdings, after: Holdings, drops: Sequence[Drop], valid: Sequence[Tombstone]
) -> AbstractSet[Drop]:
    """Return the drops that tombstones cover, and those that these approvals imply."""
    approved = {drop for drop in drops if covered(drop, valid)}
    overlays = {(drop.place, drop.app) for drop in approved if drop.kind == "overlay"}
    # An approval for every app of a namespace includes the namespace's Application and tenancy.
    emptied = {
        (cluster.key, name)
        for cluster in before.clusters.values()
        for name, namespace in cluster.namespaces.items()
        if overlays and all(((cluster.key, name), app) in overlays for app in namespace.apps)
    }
    approved |= {drop for drop in drops if drop.team and not drop.app and drop.place in emptied}
    blocked = {drop.team for drop in drops if drop not in approved and drop.kind not in {"argocd", "road"}}
    for drop in drops:
        # A team that leaves an instance with approval for everything needs no project and no set there.
        if drop.kind == "argocd" and drop.team and drop.team not in blocked and drop not in approved:
            was, now = (_is_on(holdings, drop.team, drop.instance) for holdings in (before, after))
            if was and not now:
                approved.add(drop)
    return approved


def stranded_in(
    before: Holdings, drops: Iterable[Drop], approved: AbstractSet[Drop], valid: Sequence[Tombstone]
) -> AbstractSet[Drop]:
    """Return the approved drops of Argo CD objects that only the unapproved deletion of a cluster would imply."""
    kinds = ("cluster", "application")
    ends = {drop.cluster_key for drop in drops if drop.kind in kinds and not drop.team and drop not in approved}
    teams = {
        (namespace.team, cluster.instance)
        for key, cluster in before.clusters.items()
        if key in ends
        for namespace in cluster.namespaces.values()
    }
    return {
        drop
        for drop in approved
        if drop.kind == "argocd" and (drop.team, drop.instance) in teams and not covered(drop, valid)
    }


def _is_on(holdings: Holdings, team: str, instance: str) -> bool:
    return any(
        namespace.team == team
        for cluster in holdings.clusters.values()
        if cluster.instance == instance
        for namespace in cluster.namespaces.values()
    )


def releases(tombstone: Tombstone, environment: str, team: str, name: str) -> bool:
    """Return whether a tombstone releases the service name of an app that is deleted. Its last day is not checked.

    It covers the complete app: a name stays with a team that leaves a cluster or a data center.
    """
    narrow = (tombstone.data_center, tombstone.cluster, tombstone.instance, tombstone.kind, tombstone.name)
    return (
        not any(narrow)
        and tombstone.leaves is None
        and tombstone.team == team
        and (tombstone.environment or environment) == environment
        and (tombstone.app or name) == name
    )


def _covers_argocd(tombstone: Tombstone, drop: Drop) -> bool:
    if tombstone.cluster is not None:  # the Secret of a cluster has its name, and is kept longer than its folder
        secret = f"Secret/cluster-{tombstone.environment}-{tombstone.cluster}"
        return tombstone.team is None and drop.object == secret
    if tombstone.app or tombstone.environment or tombstone.data_center:
        return False
    return (tombstone.instance or drop.instance) == drop.instance and (tombstone.team or drop.team) == drop.team


def _covers_move(tombstone: Tombstone, drop: Drop) -> bool:
    """Return whether a tombstone covers a move: it names the same thing, and exactly these two identities."""
    if tombstone.leaves is None or tombstone.enters is None:
        return False
    where = (tombstone.environment or "", tombstone.data_center or drop.data_center, tombstone.cluster or "") == (
        drop.environment,
        drop.data_center,
        drop.cluster,
    ) and (tombstone.instance or "") == drop.instance
    return where and (drop.leaves, drop.enters) == (written(tombstone.leaves), written(tombstone.enters))
