"""Placement: which clusters of a data center host a team's namespace, with what weight, and which is an app's home.

`propose` is a pure function of the fleet, what the apps ask for and the previous lock; the lock is a file beside the
fleet, `placements.lock.json`, which people review and every other command only reads.
"""

from sixfold_compiler.placement.demand import AppDemand, Demand, Demands
from sixfold_compiler.placement.lock import Host, Lock, Placement, placement_of
from sixfold_compiler.placement.lockfile import LOCK_FILE, load_lock, read_lock
from sixfold_compiler.placement.locktext import dump_lock
from sixfold_compiler.placement.propose import Move, Proposal, propose
from sixfold_compiler.placement.utilization import Load, loads_of

__all__ = [
    "LOCK_FILE",
    "AppDemand",
    "Demand",
    "Demands",
    "Host",
    "Load",
    "Lock",
    "Move",
    "Placement",
    "Proposal",
    "dump_lock",
    "load_lock",
    "loads_of",
    "placement_of",
    "propose",
    "read_lock",
]
