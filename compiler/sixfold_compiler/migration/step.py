"""One step of a walk: the lock after it, what it changes, and what must be approved for it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from sixfold_compiler.migration.stages import Way
from sixfold_compiler.placement import Lock, Move
from sixfold_compiler.placement.scale import scales_on

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from sixfold_compiler.diagnostics import Diagnostic
    from sixfold_compiler.model.addresses import Cell
    from sixfold_compiler.placement import AppDemand, Demand, Host

__all__ = ["Step", "hosts_of", "moves_between", "replaced", "stones_of", "ways_of"]

Stone = dict[str, str]  # the scope of a tombstone: environment, dataCenter, cluster, team, app


@dataclass(frozen=True, slots=True)
class Step:
    """A step. `stage` is one of `way.STAGES`, `stones` are the scopes of the tombstones that it needs.

    `standby` names standby clusters that come into use, each with the team that needs it.
    """

    stage: str
    lock: Lock
    moves: tuple[Move, ...]
    stones: tuple[Stone, ...] = ()
    standby: Mapping[str, str] = field(default_factory=dict)
    diagnostics: tuple[Diagnostic, ...] = ()

    @property
    def teams(self) -> list[str]:
        """Who moves."""
        return sorted({move.team for move in self.moves})


def ways_of(lock: Lock, cell: Cell, demands: Mapping[str, Demand]) -> dict[str, Way]:
    """Every namespace of a cell. A team on a single cluster has the homes of its apps there, named or not."""
    homes: dict[str, dict[str, str]] = {}
    copies: dict[str, dict[str, str]] = {}
    for source, found in ((lock.homes, homes), (lock.copies, copies)):
        for key, cluster in source.get(cell, {}).items():
            team, _, app = key.partition("/")
            found.setdefault(team, {})[app] = cluster
    ways = {}
    for team, row in lock.hosts.get(cell, {}).items():
        own = homes.get(team, {})
        if len(row) == 1 and team in demands:
            own = {a.app: row[0].cluster for a in demands[team].apps if a.spread == "home"} | own
        ways[team] = Way(row, own, copies.get(team, {}))
    return ways


def replaced(lock: Lock, cell: Cell, ways: Mapping[str, Way]) -> Lock:
    """The lock with some namespaces of a cell as `ways` says; one without hosts is there no more."""
    rows = {t: row for t, row in lock.hosts.get(cell, {}).items() if t not in ways}
    rows |= {team: way.row for team, way in ways.items() if way.row}
    homes = {key: c for key, c in lock.homes.get(cell, {}).items() if key.partition("/")[0] not in ways}
    copies = {key: c for key, c in lock.copies.get(cell, {}).items() if key.partition("/")[0] not in ways}
    for team, way in ways.items():
        if way.row:
            homes |= {f"{team}/{app}": cluster for app, cluster in way.homes.items()}
            copies |= {f"{team}/{app}": cluster for app, cluster in way.copies.items()}
    moving = {**lock.copies, cell: copies}
    return Lock(
        {**lock.hosts, cell: rows}, {**lock.homes, cell: homes}, {c: found for c, found in moving.items() if found}
    )


def moves_between(cell: Cell, before: Mapping[str, Way], after: Mapping[str, Way], why: str) -> tuple[Move, ...]:
    """What changes for the namespaces of `after`."""
    moves = []
    for team, way in sorted(after.items()):
        was = before.get(team, Way(()))
        homes = tuple(
            (app, was.homes.get(app, ""), way.homes.get(app, ""))
            for app in sorted({*was.homes, *way.homes})
            if was.homes.get(app) != way.homes.get(app)
        )
        moves.append(Move(cell, team, was.row, way.row, homes, why))
    return tuple(moves)


def stones_of(cell: Cell, team: str, before: Way, after: Way, demand: Demand) -> Iterable[Stone]:
    """The tombstones that a change of a namespace needs: whole namespaces first, then overlays of single apps."""
    here = {"environment": cell.environment, "dataCenter": cell.data_center}
    stay = {host.cluster for host in after.row}
    for host in before.row:
        if host.cluster not in stay:
            yield {**here, "cluster": host.cluster, "team": team}
    for app in demand.apps:
        for cluster in sorted(hosts_of(app, before) - hosts_of(app, after)):
            if cluster in stay:
                yield {**here, "cluster": cluster, "team": team, "app": app.app}


def hosts_of(app: AppDemand, way: Way) -> set[str]:
    """The clusters where an app of a namespace has an overlay."""
    if app.spread == "home":
        return {c for c in (way.homes.get(app.app, ""), way.copies.get(app.app, "")) if c}
    if app.spread != "share":
        return {host.cluster for host in way.row}
    spec = {"kind": app.kind, "replicas": app.pods}
    if app.scaled:
        spec["autoscaling"] = {"min": app.least, "max": app.pods}
    return {
        h.cluster
        for h, scale in zip(way.row, scales_on(spec, "share", _list(way.row)), strict=True)
        if scale is not None
    }


def _list(row: Sequence[Host]) -> list[Host]:
    return list(row)
