"""Placement: choose the clusters that host each team's namespace, their weights, and the homes of apps.

`propose.propose` is a pure function of the fleet, the demands of apps and the previous lock. The lock is the file
`placements.lock.json` beside the fleet, which people review. A compile only reads it, so the functions that propose and
write a lock are imported from their own modules.
"""

from sixfold_compiler.placement.demand import AppDemand, Demand, Demands, demand_of
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
    "demand_of",
    "load_lock",
    "placement_of",
    "read_lock",
]
