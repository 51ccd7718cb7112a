"""The deletion guard, which both the compiler and the generator apply. It performs no I/O."""

from sixfold_compiler.guard.coverage import Coverage, coverages
from sixfold_compiler.guard.drops import Drop, drops_between, everything_in
from sixfold_compiler.guard.holdings import ClusterHolding, Holdings, NamespaceHolding, OverlayHolding, holdings_of
from sixfold_compiler.guard.judge import KINDS, BudgetUse, Held, Verdict, judge, uncovered
from sixfold_compiler.guard.memory import Past, Spent, remembered
from sixfold_compiler.guard.moves import may_move
from sixfold_compiler.guard.replay import held_back, replayed
from sixfold_compiler.guard.tombstones import covers, releases

__all__ = [
    "KINDS",
    "BudgetUse",
    "ClusterHolding",
    "Coverage",
    "Drop",
    "Held",
    "Holdings",
    "NamespaceHolding",
    "OverlayHolding",
    "Past",
    "Spent",
    "Verdict",
    "coverages",
    "covers",
    "drops_between",
    "everything_in",
    "held_back",
    "holdings_of",
    "judge",
    "may_move",
    "releases",
    "remembered",
    "replayed",
    "uncovered",
]
