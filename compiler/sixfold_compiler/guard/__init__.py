"""The deletion guard, which both the compiler and the generator apply. It performs no I/O."""

from sixfold_compiler.guard.drops import Drop, drops_between
from sixfold_compiler.guard.holdings import ClusterHolding, Holdings, NamespaceHolding, OverlayHolding, holdings_of
from sixfold_compiler.guard.judge import KINDS, BudgetUse, Held, Spent, Verdict, judge, uncovered

__all__ = [
    "KINDS",
    "BudgetUse",
    "ClusterHolding",
    "Drop",
    "Held",
    "Holdings",
    "NamespaceHolding",
    "OverlayHolding",
    "Spent",
    "Verdict",
    "drops_between",
    "holdings_of",
    "judge",
    "uncovered",
]
