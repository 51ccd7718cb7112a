"""The deletions that a move causes, as scopes for tombstones that approve them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sixfold_compiler.inputs.tombstones import TombstoneScope
from sixfold_compiler.placement.scale import scales_on

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sixfold_compiler.migration.stages import NamespaceMove
    from sixfold_compiler.model.addresses import Cell
    from sixfold_compiler.placement import AppDemand, Demand

__all__ = ["overlay_clusters", "tombstone_scopes"]


def tombstone_scopes(
    cell: Cell, before: NamespaceMove, after: NamespaceMove, demand: Demand
) -> Iterator[TombstoneScope]:
    """Yield a scope for each cluster that loses the team's namespace, then for each cluster that loses an overlay.

    Args:
        cell: The data center.
        before: The namespace before the step.
        after: The namespace after the step.
        demand: The team and its apps.
    """
    kept = set(after.clusters)
    for cluster in before.clusters:
        if cluster not in kept:
            yield TombstoneScope(cell.environment, cell.data_center, cluster, demand.team)
    for app in demand.apps:
        for cluster in sorted(overlay_clusters(app, before) - overlay_clusters(app, after)):
            if cluster in kept:
                yield TombstoneScope(cell.environment, cell.data_center, cluster, demand.team, app.app)


def overlay_clusters(app: AppDemand, namespace: NamespaceMove) -> set[str]:
    """Return the clusters on which an app of the namespace has an overlay."""
    if app.spread == "home":
        return {c for c in (namespace.homes.get(app.app, ""), namespace.copies.get(app.app, "")) if c}
    if app.spread != "share":
        return set(namespace.clusters)
    spec = {"autoscaling": {"min": app.least, "max": app.pods}} if app.scaled else {"replicas": app.pods}
    scales = scales_on(spec, "share", list(namespace.row))
    return {cluster for cluster, scale in zip(namespace.clusters, scales, strict=True) if scale is not None}
