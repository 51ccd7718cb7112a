"""The deletion guard, as the compiler and the generator both apply it. Nothing in here touches the world."""

from sixfold_compiler.guard.drops import Drop, drops
from sixfold_compiler.guard.holdings import ClusterHolding, Holdings, NamespaceHolding, OverlayHolding, of_inventories
from sixfold_compiler.guard.judge import KINDS, Held, Row, Spent, Verdict, judge, uncovered

__all__ = [
    "KINDS",
    "ClusterHolding",
    "Drop",
    "Held",
    "Holdings",
    "NamespaceHolding",
    "OverlayHolding",
    "Row",
    "Spent",
    "Verdict",
    "drops",
    "judge",
    "of_inventories",
    "uncovered",
]
