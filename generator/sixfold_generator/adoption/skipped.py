"""Commits between the adopted one and the present one: deletions in them count from their own days.

A compile judges every commit, and this program sees the newest of several. It replays the others, so that both come to
the same verdict. If the checkout does not have them, everything counts as deleted today, which is never less.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sixfold_compiler.diagnostics import DiagnosticError
from sixfold_compiler.guard import Past, holdings_of
from sixfold_compiler.model.days import day_of
from sixfold_compiler.model.inventory import ClusterInventory, RootInventory, digest_of
from sixfold_compiler.tree.layout import INVENTORY, ROOT, SIGNATURE
from sixfold_compiler.tree.seal import sealed
from sixfold_generator.adoption.inventory import parse

if TYPE_CHECKING:
    from datetime import date

    from sixfold_generator.adoption.source import Earlier, Source
    from sixfold_generator.adoption.trust import Trust

__all__ = ["Days", "skipped_trees"]


class Days:
    """The days of commits, each at least that of the one before.

    No day is before `seen`, the last day on which none of these commits was there, and none is after today: whoever
    writes a commit chooses its date.
    """

    def __init__(self, seen: date, today: date) -> None:
        self._last, self._today = min(seen, today), today

    def of(self, seconds: int) -> date:
        """Return the day of the next commit."""
        self._last = max(self._last, min(day_of(seconds), self._today))
        return self._last


def skipped_trees(source: Source, adopted: str, days: Days, trust: Trust) -> list[Past]:
    """Return the trees of the commits after `adopted` and before the one that is checked out, the oldest first."""
    known: dict[tuple[str, str], ClusterInventory] = {}
    trees = []
    for commit in source.since(adopted):
        day = days.of(commit.seconds)
        try:
            trees.append(_tree(commit, day, known, trust))
        except (DiagnosticError, KeyError):
            continue  # nobody would have adopted it
    return trees


def _tree(commit: Earlier, day: date, known: dict[tuple[str, str], ClusterInventory], trust: Trust) -> Past:
    """Return the tree of a commit. Raises DiagnosticError and KeyError unless it is complete, and signed if needed."""
    data = commit.read(ROOT)
    root = parse(RootInventory, data, ROOT)
    if not sealed(data) or not trust.admits(data, commit.read(SIGNATURE) if trust.keys else b"", root):
        raise KeyError(ROOT)
    clusters = {}
    for key, reference in root.clusters.items():
        name = (key, reference.digest)
        if name not in known:
            path = f"{key}/{INVENTORY}"
            body = commit.read(path)
            if digest_of(body) != reference.digest:
                raise KeyError(path)
            known[name] = parse(ClusterInventory, body, path)
        clusters[key] = known[name]
    held = holdings_of(clusters, root.teams, root.argocd, repository=root.repository.url)
    return Past(day, held, root.tombstones, root.deletions)
