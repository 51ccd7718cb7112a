"""Placement: which clusters of a data center host a team's namespace, with what weight, and which is an app's home.

`propose` is a pure function of the fleet, what the apps ask for and the previous lock; the lock is a file beside the
fleet, `placements.lock.json`, which people review and every other command only reads.
"""

from compiler.placement.demand import AppDemand, Demand, Demands
from compiler.placement.load import Load, loads_of
from compiler.placement.lock import Host, Lock, Placement, placement_of
from compiler.placement.lockfile import LOCK_FILE, load_lock, read_lock
from compiler.placement.locktext import dump_lock
from compiler.placement.propose import Move, Proposal, propose
from compiler.placement.quantities import Resources, number

__all__ = [
    "LOCK_FILE", "AppDemand", "Demand", "Demands", "Host", "Load", "Lock", "Move", "Placement", "Proposal", "Resources",
    "dump_lock", "load_lock", "loads_of", "number", "placement_of", "propose", "read_lock",
]  # fmt: skip
