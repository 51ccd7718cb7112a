"""The deletion guard, which both the compiler and the generator apply. It performs no I/O."""

from sixfold_compiler.guard.drops import Drop, drops_between
from sixfold_compiler.guard.holdings import ClusterHolding, Holdings, NamespaceHolding, OverlayHolding, of_inventories
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
    "judge",
    "of_inventories",
    "uncovered",
]
