"""The memory of the deletion guard, read from the commits that have the tree: the deletions of the last days.

A generator that adopted these commits one by one remembers the same. Only the trees of first parents count, because no
other tree was ever served.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING

from sixfold_compiler.diagnostics import DiagnosticError
from sixfold_compiler.guard import Past, holdings_of, remembered
from sixfold_compiler.inputs.git import NoRevisionError, Revision, succeeds
from sixfold_compiler.inputs.git_history import history_of
from sixfold_compiler.model.inventory import ClusterInventory, RootInventory, digest_of
from sixfold_compiler.tree.layout import INVENTORY, ROOT
from sixfold_compiler.tree.seal import sealed

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from collections.abc import Set as AbstractSet
    from datetime import date
    from pathlib import Path

    from sixfold_compiler.guard import ClusterHolding, Holdings, Spent
    from sixfold_compiler.inputs.git_history import State

__all__ = ["Memory", "memory_of"]


@dataclass(frozen=True, slots=True)
class Memory:
    """The deletions of some teams that still count, or the reason why nobody can tell them.

    `since` is the first day that counts, and `cut` the day of the oldest commit of a clone that is too shallow.
    """

    spent: tuple[Spent, ...] = ()
    since: date | None = None
    cut: date | None = None
    problem: str = ""

    @property
    def known(self) -> bool:
        """True if the deletions are known."""
        return self.cut is None and not self.problem


def memory_of(
    tree: Path, revision: str, teams: AbstractSet[str], days: int, day: date, now: Sequence[Past] = ()
) -> Memory:
    """Return the deletions of teams that still count on a day. Outside of git nothing is remembered.

    Args:
        tree: The folder of the tree.
        revision: The commit up to which its history counts.
        teams: The teams whose deletions are wanted.
        days: The number of days over which deletions are added up.
        day: The day of the verdict.
        now: The trees after that commit, in no commit yet.
    """
    if not any((folder / ".git").exists() for folder in (tree, *tree.parents)):
        return Memory()
    since = day - timedelta(days=days)
    try:
        if revision == "HEAD" and _is_unborn(tree.parent):
            return Memory()
        with Revision(tree, revision) as files:
            history = history_of(files, ROOT, since)
            past = tuple(_Trees(files, teams).read(history.states))
    except (DiagnosticError, NoRevisionError) as error:
        reason = error.diagnostics[0].message if isinstance(error, DiagnosticError) else str(error)
        return Memory(problem=reason)
    if history.cut:
        return Memory(since=since + timedelta(days=1), cut=history.cut)
    return Memory(remembered((*past, *now)))


def _is_unborn(folder: Path) -> bool:
    """Return whether a repository has no commit yet. One that git refuses to read may have some."""
    head = succeeds(folder, "rev-parse", "--verify", "--quiet", "HEAD")
    return not head and succeeds(folder, "symbolic-ref", "--quiet", "HEAD")


class _Trees:
    """A reader of the trees of several commits, which reads each inventory of a cluster once."""

    def __init__(self, files: Revision, teams: AbstractSet[str]) -> None:
        self._files, self._teams = files, teams
        self._known: dict[tuple[str, str], ClusterHolding] = {}

    def read(self, states: Sequence[State]) -> Iterator[Past]:
        """Yield each tree that a generator would adopt: its inventories are complete, and match each other."""
        for state in states:
            data = self._files.read(ROOT, state.commit) if state.blob else None
            if data is None or not sealed(data):
                continue
            try:
                root = RootInventory.parse(data)
                held = self._holdings(root, state.commit)
            except ValueError:  # pydantic's error is one, too
                continue
            yield Past(state.day, held, root.tombstones, root.deletions)

    def _holdings(self, root: RootInventory, commit: str) -> Holdings:
        """Return what a tree holds of the teams. Raises ValueError for an inventory that is missing or another one."""
        clusters = {}
        for key, reference in root.clusters.items():
            known = (key, reference.digest)
            if known not in self._known:
                data = self._files.read(f"{key}/{INVENTORY}", commit) or b""
                if digest_of(data) != reference.digest:
                    raise ValueError(key)
                inventory = ClusterInventory.parse(data)
                own = {name: row for name, row in inventory.namespaces.items() if row.team in self._teams}
                alone = replace(inventory, files={}, namespaces=own)
                self._known[known] = holdings_of({key: alone}, {}, {}).clusters[key]
            clusters[key] = self._known[known]
        return replace(holdings_of({}, root.teams, {}), clusters=clusters)
