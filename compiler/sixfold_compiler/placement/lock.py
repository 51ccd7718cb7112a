"""The lock as records, and the placement that a compile derives from it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sixfold_compiler.inputs.fleet import FleetInput
    from sixfold_compiler.model.addresses import Cell

__all__ = ["Host", "Lock", "Placement", "placement_of"]


@dataclass(frozen=True, order=True, slots=True)
class Host:
    """A cluster that hosts a namespace, with its weight. The weights of a team's hosts in a data center add up to 100.

    A host of weight 0 keeps one pod of every divided app, and gets no traffic from other clusters. While the namespace
    moves, every host has `move`, its weights before and after the move, and runs pods for the larger of the two.
    """

    cluster: str
    weight: int
    move: tuple[int, int] | None = None

    @property
    def share(self) -> int:
        """The percentage of the team's pods that the host runs; during a move, the larger of before and after."""
        return self.weight if self.move is None else max(self.move)


@dataclass(frozen=True, slots=True)
class Lock:
    """The contents of `placements.lock.json`. A lock is immutable: `with_row` returns a new one.

    `hosts[cell][team]` are the team's hosts, sorted by cluster. `homes[cell]["team/app"]` is the cluster of an app that
    runs once; empty while the app is stopped for a move. `copies[cell]["team/app"]` is a second cluster that runs the
    app without traffic while it moves. `unplaced[cell]` are the apps (`team/app`, sorted) that fit on no cluster with
    the other apps of their team: they are not compiled there, and no placement counts their demand.
    """

    hosts: Mapping[Cell, Mapping[str, tuple[Host, ...]]] = field(default_factory=dict)
    homes: Mapping[Cell, Mapping[str, str]] = field(default_factory=dict)
    copies: Mapping[Cell, Mapping[str, str]] = field(default_factory=dict)
    unplaced: Mapping[Cell, tuple[str, ...]] = field(default_factory=dict)

    def row(self, cell: Cell, team: str) -> tuple[Host, ...]:
        """Return the hosts of a team in a cell; empty if the team is not placed there."""
        return self.hosts.get(cell, {}).get(team, ())

    def homes_of(self, cell: Cell, team: str) -> dict[str, str]:
        """Return the homes of a team's apps in a cell, by app. Each call searches all homes of the cell."""
        return _of(team, self.homes.get(cell, {}))

    def copies_of(self, cell: Cell, team: str) -> dict[str, str]:
        """Return the second cluster of each of a team's moving apps in a cell, by app."""
        return _of(team, self.copies.get(cell, {}))

    def with_row(
        self,
        cell: Cell,
        team: str,
        hosts: tuple[Host, ...],
        homes: Mapping[str, str],
        copies: Mapping[str, str] | None = None,
    ) -> Lock:
        """Return a lock with new hosts for one team in one cell. Without hosts the team is removed from the cell.

        Args:
            cell: The cell.
            team: The team.
            hosts: The new hosts, in any order.
            homes: The cluster of each of the team's apps that run once in the cell.
            copies: The second cluster of each of those apps that moves.
        """
        rows = {t: row for t, row in self.hosts.get(cell, {}).items() if t != team}
        if hosts:
            rows[team] = tuple(sorted(hosts))
        moving = {**self.copies, cell: _with(team, self.copies.get(cell, {}), copies or {})}
        return replace(
            self,
            hosts={**self.hosts, cell: rows},
            homes={**self.homes, cell: _with(team, self.homes.get(cell, {}), homes)},
            copies={c: apps for c, apps in moving.items() if apps},
        )

    def without(self, team: str, app: str = "") -> Lock:
        """Return a lock without a team or, if `app` is given, without the homes and copies of that app."""
        hosts = self.hosts
        if not app:
            hosts = {cell: {t: row for t, row in rows.items() if t != team} for cell, rows in hosts.items()}
        removed = f"{team}/{app}"

        def kept(clusters: Mapping[str, str]) -> dict[str, str]:
            return {k: c for k, c in clusters.items() if k != removed and (app or not k.startswith(removed))}

        homes = {cell: kept(apps) for cell, apps in self.homes.items()}
        copies = {cell: remaining for cell, apps in self.copies.items() if (remaining := kept(apps))}
        unplaced = {
            cell: left
            for cell, keys in self.unplaced.items()
            if (left := tuple(k for k in keys if k != removed and (app or not k.startswith(removed))))
        }
        return replace(self, hosts=hosts, homes=homes, copies=copies, unplaced=unplaced)


def _of(team: str, clusters: Mapping[str, str]) -> dict[str, str]:
    lead = f"{team}/"
    return {key.removeprefix(lead): cluster for key, cluster in clusters.items() if key.startswith(lead)}


def _with(team: str, clusters: Mapping[str, str], own: Mapping[str, str]) -> dict[str, str]:
    lead = f"{team}/"
    kept = {key: cluster for key, cluster in clusters.items() if not key.startswith(lead)}
    return kept | {f"{team}/{app}": cluster for app, cluster in own.items()}


@dataclass(frozen=True)
class Placement:
    """The hosts of every team by cell and team, and the homes and copies of apps by cell and `team/app`.

    `unplaced` are the apps without a place, as (cell, `team/app`). Hosts are sorted by cluster. Cells of the lock in
    which a team may not run are omitted.
    """

    hosts: Mapping[tuple[Cell, str], tuple[Host, ...]]
    homes: Mapping[tuple[Cell, str], str] = field(default_factory=dict)
    copies: Mapping[tuple[Cell, str], str] = field(default_factory=dict)
    unplaced: frozenset[tuple[Cell, str]] = frozenset()

    def copy(self, cell: Cell, team: str, app: str) -> str:
        """Return the second cluster that runs an app while it moves; empty for an app that does not move."""
        return self.copies.get((cell, f"{team}/{app}"), "")

    def stopped(self, cell: Cell, team: str, app: str) -> bool:
        """Return whether an app that runs once is stopped while it moves to another home."""
        return self.homes.get((cell, f"{team}/{app}")) == ""

    def home(self, cell: Cell, team: str, app: str) -> str:
        """Return the home of an app in a cell; empty if the lock has none.

        If the team has a single cluster, that cluster is the home, without an entry in the lock.
        """
        hosts = self.hosts.get((cell, team), ())
        return self.homes.get((cell, f"{team}/{app}"), hosts[0].cluster if len(hosts) == 1 else "")

    @cached_property
    def by_cluster(self) -> dict[tuple[Cell, str], list[str]]:
        """The teams that each cluster hosts, sorted by name."""
        teams: dict[tuple[Cell, str], list[str]] = {}
        for (cell, team), hosts in sorted(self.hosts.items()):
            for host in hosts:
                teams.setdefault((cell, host.cluster), []).append(team)
        return teams

    @cached_property
    def by_team(self) -> dict[str, list[tuple[Cell, tuple[Host, ...]]]]:
        """The cells in which each team has hosts, with these hosts, sorted by cell."""
        cells: dict[str, list[tuple[Cell, tuple[Host, ...]]]] = {}
        for (cell, team), hosts in sorted(self.hosts.items()):
            cells.setdefault(team, []).append((cell, hosts))
        return cells

    @cached_property
    def homes_by_team(self) -> dict[str, list[tuple[str, str, str]]]:
        """The homes of each team as (cell, app, cluster), then its copies (`+cluster`) and its unplaced apps (`-`)."""
        homes: dict[str, list[tuple[str, str, str]]] = {}
        for (cell, key), cluster in sorted(self.homes.items()):
            team, _, app = key.partition("/")
            homes.setdefault(team, []).append((str(cell), app, cluster))
        for (cell, key), cluster in sorted(self.copies.items()):
            team, _, app = key.partition("/")
            homes.setdefault(team, []).append((str(cell), app, f"+{cluster}"))
        for cell, key in sorted(self.unplaced):
            team, _, app = key.partition("/")
            homes.setdefault(team, []).append((str(cell), app, "-"))
        return homes


def placement_of(fleet: FleetInput, lock: Lock) -> Placement:
    """Return the placement that a compile of the fleet derives from the lock."""
    cells = {name: fleet.team_cells(team) for name, team in fleet.model.teams.items()}
    hosts = {
        (cell, team): row
        for cell, rows in lock.hosts.items()
        for team, row in rows.items()
        if cell in cells.get(team, ())
    }
    homes = {(cell, key): cluster for cell, apps in lock.homes.items() for key, cluster in apps.items()}
    copies = {(cell, key): cluster for cell, apps in lock.copies.items() for key, cluster in apps.items()}
    return Placement(
        hosts, homes, copies, frozenset((cell, key) for cell, keys in lock.unplaced.items() for key in keys)
    )
