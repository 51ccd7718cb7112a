"""Where every team is: the lock as records, and what a compile makes of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sixfold_compiler.inputs.fleet import FleetInput
    from sixfold_compiler.model.addresses import Cell

__all__ = ["Host", "Lock", "Placement", "placement_of"]


@dataclass(frozen=True, order=True, slots=True)
class Host:
    """A cluster that hosts a namespace. The weights of a team's hosts in a data center add up to 100.

    A host of weight 0 keeps a pod of every app that is divided, and gets no traffic from other clusters. While the
    namespace moves, `move` has the host's weight before and after: it keeps the pods for the larger of both, whatever
    the weight is meanwhile. Then all of the row's hosts have one.
    """

    cluster: str
    weight: int
    move: tuple[int, int] | None = None

    @property
    def share(self) -> int:
        """The percentage of the team's pods that the host has room for."""
        return self.weight if self.move is None else max(self.move)


@dataclass(frozen=True, slots=True)
class Lock:
    """What `placements.lock.json` says.

    `hosts[cell][team]` are the team's hosts, sorted by cluster; `homes[cell]["team/app"]` is the cluster of an app that
    runs once (empty: it is stopped while it moves), `copies[cell]["team/app"]` a second one that runs it without
    traffic while it moves. None is changed after it is made: `with_row` gives a new lock.
    """

    hosts: Mapping[Cell, Mapping[str, tuple[Host, ...]]] = field(default_factory=dict)
    homes: Mapping[Cell, Mapping[str, str]] = field(default_factory=dict)
    copies: Mapping[Cell, Mapping[str, str]] = field(default_factory=dict)

    def row(self, cell: Cell, team: str) -> tuple[Host, ...]:
        """The team's hosts in a cell; none where it is not placed."""
        return self.hosts.get(cell, {}).get(team, ())

    def homes_of(self, cell: Cell, team: str) -> dict[str, str]:
        """The homes of the team's apps in a cell, by app. Slow for many teams: it looks at every home of the cell."""
        return _of(team, self.homes.get(cell, {}))

    def copies_of(self, cell: Cell, team: str) -> dict[str, str]:
        """The second clusters of the team's apps that move, by app."""
        return _of(team, self.copies.get(cell, {}))

    def with_row(
        self,
        cell: Cell,
        team: str,
        hosts: tuple[Host, ...],
        homes: Mapping[str, str],
        copies: Mapping[str, str] | None = None,
    ) -> Lock:
        """The lock with one team placed anew in one cell; without hosts it is placed there no more.

        Args:
            cell: Where.
            team: Whom.
            hosts: Its hosts, in any order.
            homes: Cluster by app, for all of the team's apps there that run once.
            copies: The second cluster of those of them that move.
        """
        rows = {t: row for t, row in self.hosts.get(cell, {}).items() if t != team}
        if hosts:
            rows[team] = tuple(sorted(hosts))
        moving = {**self.copies, cell: _with(team, self.copies.get(cell, {}), copies or {})}
        return Lock(
            {**self.hosts, cell: rows},
            {**self.homes, cell: _with(team, self.homes.get(cell, {}), homes)},
            {c: found for c, found in moving.items() if found},
        )

    def without(self, team: str, app: str = "") -> Lock:
        """The lock without a team, or without the homes of one of its apps."""
        hosts = self.hosts
        if not app:
            hosts = {cell: {t: row for t, row in rows.items() if t != team} for cell, rows in hosts.items()}
        gone = f"{team}/{app}"

        def kept(clusters: Mapping[str, str]) -> dict[str, str]:
            return {k: c for k, c in clusters.items() if k != gone and (app or not k.startswith(gone))}

        homes = {cell: kept(found) for cell, found in self.homes.items()}
        copies = {cell: rest for cell, found in self.copies.items() if (rest := kept(found))}
        return Lock(hosts, homes, copies)


def _of(team: str, clusters: Mapping[str, str]) -> dict[str, str]:
    lead = f"{team}/"
    return {key.removeprefix(lead): cluster for key, cluster in clusters.items() if key.startswith(lead)}


def _with(team: str, clusters: Mapping[str, str], own: Mapping[str, str]) -> dict[str, str]:
    lead = f"{team}/"
    kept = {key: cluster for key, cluster in clusters.items() if not key.startswith(lead)}
    return kept | {f"{team}/{app}": cluster for app, cluster in own.items()}


@dataclass(frozen=True)
class Placement:
    """The hosts of every team in every cell where it may run, sorted by cluster, and the homes of apps that run once.

    `homes` goes by cell and `team/app`. What the lock says of cells where a team may not run is left out.
    """

    hosts: Mapping[tuple[Cell, str], tuple[Host, ...]]
    homes: Mapping[tuple[Cell, str], str] = field(default_factory=dict)
    copies: Mapping[tuple[Cell, str], str] = field(default_factory=dict)

    def copy(self, cell: Cell, team: str, app: str) -> str:
        """The cluster that runs an app beside its home while it moves; empty for all others."""
        return self.copies.get((cell, f"{team}/{app}"), "")

    def stopped(self, cell: Cell, team: str, app: str) -> bool:
        """Whether an app that runs once runs nowhere, on its way from one home to the next."""
        return self.homes.get((cell, f"{team}/{app}")) == ""

    def home(self, cell: Cell, team: str, app: str) -> str:
        """The one cluster of an app that runs once in a data center; empty where the lock has none.

        A team on one cluster only needs none: `propose` takes an app without a home to be there, and so keeps it there.
        """
        hosts = self.hosts.get((cell, team), ())
        return self.homes.get((cell, f"{team}/{app}"), hosts[0].cluster if len(hosts) == 1 else "")

    @cached_property
    def by_cluster(self) -> dict[tuple[Cell, str], list[str]]:
        """The teams that each cluster hosts, sorted."""
        found: dict[tuple[Cell, str], list[str]] = {}
        for (cell, team), hosts in sorted(self.hosts.items()):
            for host in hosts:
                found.setdefault((cell, host.cluster), []).append(team)
        return found

    @cached_property
    def by_team(self) -> dict[str, list[tuple[Cell, tuple[Host, ...]]]]:
        """The cells of each team with its hosts there, sorted."""
        found: dict[str, list[tuple[Cell, tuple[Host, ...]]]] = {}
        for (cell, team), hosts in sorted(self.hosts.items()):
            found.setdefault(team, []).append((cell, hosts))
        return found

    @cached_property
    def homes_by_team(self) -> dict[str, list[tuple[str, str, str]]]:
        """The homes of each team as (cell, app, cluster), sorted, then those of copies, with a plus."""
        found: dict[str, list[tuple[str, str, str]]] = {}
        for (cell, key), cluster in sorted(self.homes.items()):
            team, _, app = key.partition("/")
            found.setdefault(team, []).append((str(cell), app, cluster))
        for (cell, key), cluster in sorted(self.copies.items()):
            team, _, app = key.partition("/")
            found.setdefault(team, []).append((str(cell), app, f"+{cluster}"))
        return found


def placement_of(fleet: FleetInput, lock: Lock) -> Placement:
    """What the lock means for a compile of the fleet."""
    cells = {name: fleet.team_cells(team) for name, team in fleet.model.teams.items()}
    hosts = {
        (cell, team): row
        for cell, rows in lock.hosts.items()
        for team, row in rows.items()
        if cell in cells.get(team, ())
    }
    homes = {(cell, key): cluster for cell, found in lock.homes.items() for key, cluster in found.items()}
    copies = {(cell, key): cluster for cell, found in lock.copies.items() for key, cluster in found.items()}
    return Placement(hosts, homes, copies)
