"""The deletion guard, as the compiler and the generator both apply it. Nothing in here touches the world."""

from compiler.guard.drops import Drop, drops
from compiler.guard.holdings import ClusterHolding, Holdings, NamespaceHolding, OverlayHolding, of_inventories
from compiler.guard.identity import holds, lost
from compiler.guard.judge import KINDS, Held, Row, Spent, Verdict, judge, uncovered

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
    "holds",
    "judge",
    "lost",
    "of_inventories",
    "uncovered",
]
