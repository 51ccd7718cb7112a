"""Paths of the overlay tree."""

from __future__ import annotations

from sixfold_compiler.model.addresses import Target

__all__ = [
    "FACTS",
    "INVENTORY",
    "JOURNAL",
    "ROOT",
    "SIGNATURE",
    "STAGING",
    "is_working_name",
    "overlay_path",
    "target_of",
]

ROOT = "inventory.json"  # the root inventory, at the top of the tree
INVENTORY = "inventory.json"  # the inventory of a cluster, in the cluster's folder
SIGNATURE = "inventory.json.sig"  # the signature of the root inventory; no inventory lists it
FACTS = "facts.json"  # the facts file of a cell, in the cell's folder
JOURNAL = ".sixfold-journal"  # the paths that a run creates; a journal that is left over belongs to a killed run
STAGING = ".sixfold-staging-"  # the beginning of the name of a folder with finished files, which a run deletes


def is_working_name(path: str) -> bool:
    """Return whether a path is the journal or in the staging folder of a run that is writing, or was killed."""
    return path.startswith((JOURNAL, STAGING, f".{JOURNAL}."))


def overlay_path(target: Target | str, namespace: str, app: str) -> str:
    """Return the path of an app's overlay on a cluster, which is given by its address or as text."""
    return f"{target}/{namespace}/{app}.yaml"


def target_of(path: str) -> Target:
    """Return the cluster whose folder contains `path` in the tree.

    A path above the cluster folders returns a target with empty parts, which equals no cluster.
    """
    environment, data_center, cluster = [*path.split("/", 3), "", ""][:3]
    return Target(environment, data_center, cluster)
