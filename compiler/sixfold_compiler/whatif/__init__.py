"""Simulate the loss of clusters or additional load: which clusters carry it, and which pods find no room.

`simulate` is a pure function of the fleet, the demands, the lock and a scenario; `every_loss` simulates each single
loss. Load is demand as placement counts it: the maximum of every app, times a factor.
"""

from sixfold_compiler.whatif.losses import (
    Broken,
    Loss,
    broken_apps,
    broken_without_loss,
    every_loss,
    loss_problems,
    single_losses,
)
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
    "broken_apps",
    "broken_without_loss",
    "every_loss",
    "factor_of",
    "loss_problems",
    "scenario_of",
    "simulate",
    "single_losses",
]
