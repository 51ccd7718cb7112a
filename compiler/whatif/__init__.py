"""What if a cluster is lost, or more viewers come: who carries the load, what finds no room, who is preempted.

`simulate` is a pure function of the fleet, what the apps ask for, the lock and a scenario; `every_loss` asks it for
each single loss. Load is demand as placement counts it: every app at its largest, times a factor.
"""

from compiler.whatif.every import Broken, Loss, broken, every_loss, loss_problems, singles
from compiler.whatif.outcome import CellOutcome, ClusterLoad, Outcome, Piece, Stop, TeamLoad
from compiler.whatif.scenario import Scenario, factor_of, lost_clusters, scenario_of
from compiler.whatif.simulate import simulate

__all__ = [
    "Broken", "CellOutcome", "ClusterLoad", "Loss", "Outcome", "Piece", "Scenario", "Stop", "TeamLoad", "broken",
    "every_loss", "factor_of", "loss_problems", "lost_clusters", "scenario_of", "simulate", "singles",
]  # fmt: skip
