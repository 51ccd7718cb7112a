"""What if a cluster is lost, or more viewers come: who carries the load, what finds no room, who is preempted.

`simulate` is a pure function of the fleet, what the apps ask for, the lock and a scenario; `every_loss` asks it for
each single loss. Load is demand as placement counts it: every app at its largest, times a factor.
"""

from sixfold_compiler.whatif.losses import Broken, Loss, already, broken, every_loss, loss_problems, singles
from sixfold_compiler.whatif.outcome import CellOutcome, ClusterLoad, Outcome, Piece, Stop, TeamLoad
from sixfold_compiler.whatif.scenario import Scenario, factor_of, scenario_of
from sixfold_compiler.whatif.simulate import simulate

__all__ = [
    "Broken",
    "CellOutcome",
    "ClusterLoad",
    "Loss",
    "Outcome",
    "Piece",
    "Scenario",
    "Stop",
    "TeamLoad",
    "already",
    "broken",
    "every_loss",
    "factor_of",
    "loss_problems",
    "scenario_of",
    "simulate",
    "singles",
]
