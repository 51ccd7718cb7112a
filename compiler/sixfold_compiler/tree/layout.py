"""Paths of the overlay tree."""

from __future__ import annotations

from sixfold_compiler.model.addresses import Target

__all__ = ["FACTS", "INVENTORY", "JOURNAL", "ROOT", "overlay_path", "target_of"]

ROOT = "inventory.json"  # the root inventory, at the top of the tree
INVENTORY = "inventory.json"  # the inventory of a cluster, in the cluster's folder
FACTS = "facts.json"  # the facts file of a cell, in the cell's folder
JOURNAL = ".sixfold-journal"  # the paths that a run creates; a journal that is left over belongs to a killed run


def overlay_path(target: Target | str, namespace: str, app: str) -> str:
    """Return the path of an app's overlay on a cluster, which is given by its address or as text."""
    return f"{target}/{namespace}/{app}.yaml"


def target_of(path: str) -> Target:
    """Return the cluster whose folder contains `path` in the tree.

    A path above the cluster folders returns a target with empty parts, which equals no cluster.
    """
    environment, data_center, cluster = [*path.split("/", 3), "", ""][:3]
    return Target(environment, data_center, cluster)
