"""Placement: choose the clusters that host each team's namespace, their weights, and the homes of apps.

`propose.propose` is a pure function of the fleet, the demands of apps and the previous lock. The lock is the file
`placements.lock.json` beside the fleet: people review it, and all other commands only read it. A compile only reads it
as well, so what proposes and writes one is imported from its own module.
"""

from sixfold_compiler.placement.demand import AppDemand, Demand, Demands
from sixfold_compiler.placement.lock import Host, Lock, Placement, placement_of
from sixfold_compiler.placement.lockfile import LOCK_FILE, load_lock, read_lock

__all__ = [
    "LOCK_FILE",
    "AppDemand",
    "Demand",
    "Demands",
    "Host",
    "Lock",
    "Placement",
    "load_lock",
    "placement_of",
    "read_lock",
]
