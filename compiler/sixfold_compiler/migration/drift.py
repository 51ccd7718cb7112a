"""Drift: differences between a compiled tree and the lock, by namespace."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sixfold_compiler.model.addresses import AppKey, Target
from sixfold_compiler.placement import placement_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from sixfold_compiler.inputs.fleet import FleetInput
    from sixfold_compiler.model.addresses import Cell
    from sixfold_compiler.model.inventory import ClusterInventory
    from sixfold_compiler.placement import Lock

__all__ = ["drift"]


def drift(fleet: FleetInput, lock: Lock, cell: Cell, clusters: Mapping[str, ClusterInventory]) -> Iterator[str]:
    """Yield a phrase for each namespace of a cell whose hosts, weights or homes in the tree differ from the lock.

    Args:
        fleet: The fleet.
        lock: The lock that the tree should be compiled from.
        cell: The data center.
        clusters: The cluster inventories of the tree, by `environment/dataCenter/cluster`.
    """
    placement = placement_of(fleet, lock)
    homes = lock.homes.get(cell, {})
    for name in sorted(fleet.model.data_center(cell).clusters):
        inventory = clusters.get(str(Target(cell.environment, cell.data_center, name)))
        namespaces, files = (inventory.namespaces, inventory.files) if inventory else ({}, {})
        for team in sorted(fleet.model.teams):
            namespace = fleet.namespace(team, cell.environment)
            host = next((h for h in placement.hosts.get((cell, team), ()) if h.cluster == name), None)
            entry = namespaces.get(namespace)
            exists = entry is not None or f"_tenancy/{namespace}.yaml" in files
            if exists and host is None:
                yield f"{namespace} is still on {name}"
            elif host is not None and not exists:
                yield f"{namespace} is not on {name} yet"
            elif host is not None and entry is not None:
                if entry.weight != host.weight:
                    yield f"{namespace} has weight {entry.weight} on {name}, not {host.weight}"
                for app in entry.apps:
                    key = str(AppKey(team, app))
                    if key in homes and name not in (homes[key], placement.copy(cell, team, app)):
                        yield f"{key} is still on {name}"
