"""Placement: the clusters of a data center that host each team's namespace, their weights, and the homes of apps.

`propose` is a pure function of the fleet, the demands of apps and the previous lock. The lock is the file
`placements.lock.json` beside the fleet: people review it, and all other commands only read it.
"""

from sixfold_compiler.placement.demand import AppDemand, Demand, Demands
from sixfold_compiler.placement.lock import Host, Lock, Placement, placement_of
from sixfold_compiler.placement.lockfile import LOCK_FILE, load_lock, read_lock
from sixfold_compiler.placement.locktext import dump_lock
from sixfold_compiler.placement.propose import Move, Proposal, propose
from sixfold_compiler.placement.utilization import Utilization, utilization_of

__all__ = [
    "LOCK_FILE",
    "AppDemand",
    "Demand",
    "Demands",
    "Host",
    "Lock",
    "Move",
    "Placement",
    "Proposal",
    "Utilization",
    "dump_lock",
    "load_lock",
    "placement_of",
    "propose",
    "read_lock",
    "utilization_of",
]
