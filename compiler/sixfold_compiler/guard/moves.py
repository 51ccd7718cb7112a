"""Moves: a cluster or a repository that keeps its name and becomes another one.

Argo CD knows a cluster by the URL of its API server. If the URL changes, every Application of the cluster goes to
another cluster, and what it deployed stays behind without a manager: a removal and an addition under one name.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sixfold_compiler.guard.holdings import Holdings
    from sixfold_compiler.model.tombstone import Identity, Tombstone

__all__ = ["may_move", "moved", "written"]

FIELDS = ("url", "server", "ca", "eks", "account", "region")


def moved(before: Mapping[str, str], after: Mapping[str, str]) -> tuple[str, str]:
    """Return the identity that is left and the new one, with the fields that differ; two empty texts if none does.

    What was empty may be filled in, and a bundle of certificates is the same while it has one of those before.
    """
    changed = [name for name in FIELDS if _differs(name, before.get(name, ""), after.get(name, ""))]
    return _text(before, changed), _text(after, changed)


def may_move(tombstone: Tombstone, holdings: Holdings) -> bool:
    """Return whether the holdings have the thing whose move a tombstone approves, with the identity that it leaves."""
    if tombstone.leaves is None:
        return False
    wanted = tombstone.leaves.fields()
    if tombstone.instance:
        return tombstone.instance in holdings.argocd and wanted == {"url": holdings.repository}
    return any(
        (cluster.environment, cluster.name) == (tombstone.environment, tombstone.cluster)
        and tombstone.data_center in (None, cluster.data_center)
        and wanted.items() <= cluster.identity.items()
        for cluster in holdings.clusters.values()
    )


def _differs(name: str, old: str, new: str) -> bool:
    if not old or old == new:
        return False
    return name != "ca" or set(old.split(",")).isdisjoint(new.split(","))


def written(identity: Identity) -> str:
    """Return an identity in the form of `moved`."""
    values = identity.fields()
    return _text(values, [name for name in FIELDS if name in values])


def _text(values: Mapping[str, str], names: list[str]) -> str:
    return ", ".join(f"{name}: {values.get(name, '')}" for name in names)
