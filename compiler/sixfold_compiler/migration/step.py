"""One step of a migration: the resulting lock, the moves, and the tombstones that they need."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from sixfold_compiler.migration.stages import NamespaceMove
from sixfold_compiler.model.addresses import AppKey
from sixfold_compiler.placement.propose import Move

if TYPE_CHECKING:
    from collections.abc import Container, Mapping

    from sixfold_compiler.inputs.tombstones import TombstoneScope
    from sixfold_compiler.migration.stages import Stage
    from sixfold_compiler.model.addresses import Cell
    from sixfold_compiler.placement import Demand, Lock

__all__ = ["Step", "lock_with", "moves_between", "namespaces_of"]


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a migration.

    Attributes:
        stage: The stage that the namespaces reach with this step.
        lock: The lock after the step.
        moves: The changes, one for each namespace.
        tombstones: The scopes of the deletions that the step causes.
        standby: The standby clusters that the step starts to use, each with the team that needs it.
    """

    stage: Stage
    lock: Lock
    moves: tuple[Move, ...]
    tombstones: tuple[TombstoneScope, ...] = ()
    standby: Mapping[str, str] = field(default_factory=dict)

    @property
    def teams(self) -> list[str]:
        """The teams whose namespaces the step changes, sorted."""
        return sorted({move.team for move in self.moves})


def namespaces_of(lock: Lock, cell: Cell, demands: Mapping[str, Demand]) -> dict[str, NamespaceMove]:
    """Return the namespaces of a cell, by team.

    The lock may omit the homes of a team that has a single cluster. With `demands`, the team's apps that run once get
    that cluster as their home.
    """
    homes, copies = (_by_team(clusters.get(cell, {})) for clusters in (lock.homes, lock.copies))
    namespaces = {}
    for team, row in lock.hosts.get(cell, {}).items():
        own = homes.get(team, {})
        if len(row) == 1 and team in demands:
            own = {a.app: row[0].cluster for a in demands[team].apps if a.spread == "home"} | own
        namespaces[team] = NamespaceMove(row, own, copies.get(team, {}))
    return namespaces


def lock_with(lock: Lock, cell: Cell, namespaces: Mapping[str, NamespaceMove]) -> Lock:
    """Return the lock with these namespaces of a cell replaced. A namespace without hosts is removed from the cell."""
    rows = {team: row for team, row in lock.hosts.get(cell, {}).items() if team not in namespaces}
    homes, copies = (_without(clusters.get(cell, {}), namespaces) for clusters in (lock.homes, lock.copies))
    for team, namespace in namespaces.items():
        if namespace.row:
            rows[team] = namespace.row
            homes |= {str(AppKey(team, app)): cluster for app, cluster in namespace.homes.items()}
            copies |= {str(AppKey(team, app)): cluster for app, cluster in namespace.copies.items()}
    moving = {**lock.copies, cell: copies}
    return replace(
        lock,
        hosts={**lock.hosts, cell: rows},
        homes={**lock.homes, cell: homes},
        copies={c: copies for c, copies in moving.items() if copies},
    )


def moves_between(
    cell: Cell, before: Mapping[str, NamespaceMove], after: Mapping[str, NamespaceMove], why: str
) -> tuple[Move, ...]:
    """Return the move of each namespace from its state in `before` to that in `after`, with the reason `why`.

    A namespace that is not in `before` is new.
    """
    moves = []
    for team, new in sorted(after.items()):
        old = before.get(team, NamespaceMove(()))
        homes = tuple(
            (app, old.homes.get(app, ""), new.homes.get(app, ""))
            for app in sorted({*old.homes, *new.homes})
            if old.homes.get(app) != new.homes.get(app)
        )
        moves.append(Move(cell, team, old.row, new.row, homes, why))
    return tuple(moves)


def _without(clusters: Mapping[str, str], teams: Container[str]) -> dict[str, str]:
    """Return the clusters by `team/app`, without the apps of `teams`."""
    return {key: cluster for key, cluster in clusters.items() if AppKey.parse(key).team not in teams}


def _by_team(clusters: Mapping[str, str]) -> dict[str, dict[str, str]]:
    """Return clusters by `team/app`, grouped by team and then by app."""
    teams: dict[str, dict[str, str]] = {}
    for text, cluster in clusters.items():
        key = AppKey.parse(text)
        teams.setdefault(key.team, {})[key.name] = cluster
    return teams
