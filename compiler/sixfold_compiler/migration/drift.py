"""What a tree has otherwise than the lock, namespace by namespace."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sixfold_compiler.placement import placement_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from typing import Any

    from sixfold_compiler.inputs.fleet import FleetInput
    from sixfold_compiler.model.addresses import Cell
    from sixfold_compiler.placement import Lock

__all__ = ["differences"]


def differences(fleet: FleetInput, lock: Lock, cell: Cell, clusters: Mapping[str, Mapping[str, Any]]) -> Iterator[str]:
    """Where a tree has namespaces of a data center otherwise than the lock: hosts, weights, apps that run once.

    Args:
        fleet: The fleet.
        lock: Where everything should be.
        cell: The data center.
        clusters: The tree's inventories, by cluster.
    """
    placement = placement_of(fleet, lock)
    center = fleet.model.environments[cell.environment].data_centers[cell.data_center]
    homes = lock.homes.get(cell, {})
    for name in sorted(center.clusters):
        record = clusters.get(f"{cell}/{name}", {})
        namespaces, files = record.get("namespaces", {}), record.get("files", {})
        for team in sorted(fleet.model.teams):
            namespace = fleet.namespace(team, cell.environment)
            host = next((h for h in placement.hosts.get((cell, team), ()) if h.cluster == name), None)
            there = namespaces.get(namespace)
            if host is None and (there is not None or f"_tenancy/{namespace}.yaml" in files):
                yield f"{namespace} is still on {name}"
            elif host is not None and there is None and f"_tenancy/{namespace}.yaml" not in files:
                yield f"{namespace} is not on {name} yet"
            elif host is not None and there is not None:
                if there.get("weight") != host.weight:
                    yield f"{namespace} has weight {there.get('weight')} on {name} and not {host.weight}"
                for app in there.get("apps", {}):
                    key = f"{team}/{app}"
                    if key in homes and name not in (homes[key], placement.copy(cell, team, app)):
                        yield f"{key} is still on {name}"
