"""Paths of the overlay tree."""

from __future__ import annotations

from sixfold_compiler.model.addresses import Target

__all__ = ["JOURNAL", "ROOT", "overlay_path", "target_of"]


def overlay_path(target: Target, namespace: str, app: str) -> str:
    """Where an overlay lies in the tree."""
    return f"{target}/{namespace}/{app}.yaml"


ROOT = "inventory.json"


JOURNAL = ".sixfold-journal"  # the new paths of a run that is writing; what is left of one that was killed


def target_of(path: str) -> Target:
    """The cluster whose folder a path of the tree is in; for files above the clusters' folders, no real target."""
    environment, data_center, cluster = [*path.split("/", 3), "", ""][:3]
    return Target(environment, data_center, cluster)
