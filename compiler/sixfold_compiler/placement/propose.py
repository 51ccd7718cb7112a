"""The proposal: every team placed over the previous lock, what changes by it, and what is in the way."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from sixfold_compiler.placement.demand import Demand
from sixfold_compiler.placement.findings import (
    exception_problems,
    failure_problem,
    pin_problem,
    quota_problems,
    retired_problems,
)
from sixfold_compiler.placement.lock import Host, Lock
from sixfold_compiler.placement.problem import Sites
from sixfold_compiler.placement.solve import solve
from sixfold_compiler.placement.utilization import loads_of

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping
    from datetime import date

    from sixfold_compiler.diagnostics import Diagnostic
    from sixfold_compiler.inputs.fleet import FleetInput
    from sixfold_compiler.model.addresses import Cell, Target
    from sixfold_compiler.model.quantities import Resources
    from sixfold_compiler.placement.demand import Demands
    from sixfold_compiler.placement.problem import Item, Site
    from sixfold_compiler.placement.solve import Solution
    from sixfold_compiler.placement.utilization import Load

__all__ = ["Move", "Proposal", "propose"]


@dataclass(frozen=True, slots=True)
class Move:
    """What changes for one team in one data center. `homes` are (app, before, after) where an app's home changes.

    `before` is empty for a team that is new there, `after` for one that goes or (an error) cannot be placed.
    """

    cell: Cell
    team: str
    before: tuple[Host, ...]
    after: tuple[Host, ...]
    homes: tuple[tuple[str, str, str], ...]
    why: str

    @property
    def added(self) -> tuple[str, ...]:
        """The clusters that begin to host it."""
        return tuple(h.cluster for h in self.after if h.cluster not in {b.cluster for b in self.before})


@dataclass(frozen=True, slots=True)
class Proposal:
    """A lock, and what it changes.

    `before` and `after` are the loads of every cluster under the same demands, with the old lock and the new one.
    `standby` names standby clusters that come into use, with the team that needs them. With an error among the
    diagnostics the lock is not fit to be written: a team that could not be placed is not in it.
    """

    lock: Lock
    moves: tuple[Move, ...]
    before: Mapping[Target, Load]
    after: Mapping[Target, Load]
    standby: Mapping[str, str]
    diagnostics: tuple[Diagnostic, ...]

    @property
    def failed(self) -> bool:
        """Whether a constraint cannot be met."""
        return any(d.severity == "error" for d in self.diagnostics)


def propose(
    fleet: FleetInput,
    demands: Demands,
    previous: Lock,
    *,
    today: date,
    live: Mapping[Target, Resources] | None = None,
    rebalance: bool = False,
    leave: Collection[Target] = (),
) -> Proposal:
    """Place every team of a fleet. A pure function: the same arguments, the same proposal, in any process.

    Args:
        fleet: The fleet.
        demands: What the teams' apps ask for; a team without an entry has no apps in that data center.
        previous: Where they are now; an empty lock for a fleet that is placed for the first time.
        today: The day by which pins and bans expire.
        live: Capacity as it was read from clusters, in place of the fleet's.
        rebalance: Set the weights of teams that stay where they are by capacity again.
        leave: Clusters that host nobody afterwards; what they host now moves at once.
    """
    sites = Sites(fleet, live, today.isoformat(), leave)
    hosts: dict[Cell, dict[str, tuple[Host, ...]]] = {}
    homes: dict[Cell, dict[str, str]] = {}
    copies: dict[Cell, dict[str, str]] = {}
    reasons: dict[tuple[Cell, str], str] = {}
    standby: dict[str, str] = {}
    problems = [*exception_problems(fleet, today.isoformat()), *retired_problems(fleet, previous)]
    for cell, _ in fleet.cells():
        site = sites.site(cell)
        items = sites.items(site, demands.get(cell, {}), previous)
        if fleet.takes_nobody(cell):  # it is being evacuated: who has left does not come back
            items = [item for item in items if item.row]
        problems += _pinned(fleet, site, items, demands.get(cell, {}))
        solution = solve(site, items, rebalance=rebalance)
        hosts[cell], homes[cell] = _rows(site, items, solution)
        copies[cell] = _still_moving(previous, cell, hosts[cell], homes[cell])
        reasons.update(((cell, team), why) for team, why in solution.reasons.items())
        standby.update((f"{cell}/{site.names[c]}", team) for c, team in solution.spares.items())
        problems += quota_problems(fleet, site, items, solution.board, demands.get(cell, {}))
        problems += [failure_problem(fleet, site, solution.board, f, demands.get(cell, {})) for f in solution.failures]
    lock = Lock(hosts, homes, {cell: found for cell, found in copies.items() if found})
    return Proposal(
        lock,
        tuple(_moves(fleet, previous, lock, reasons)),
        loads_of(fleet, demands, previous, live),
        loads_of(fleet, demands, lock, live),
        standby,
        tuple(sorted(problems, key=lambda d: d.sort_key)),
    )


def _pinned(fleet: FleetInput, site: Site, items: list[Item], demands: Mapping[str, Demand]) -> list[Diagnostic]:
    """Pins to clusters that cannot host their team, which are then left out of account."""
    problems = []
    for index, item in enumerate(items):
        wrong = [p for p in item.pins if p not in item.may and p not in item.spare and p not in item.row]
        wrong += [p for p in item.pins if p not in item.keeps and p not in wrong]
        if wrong:
            demand = demands.get(item.team) or Demand(item.team)
            problems += [pin_problem(fleet, site, item, cluster, demand) for cluster in wrong]
            items[index] = replace(item, pins=tuple(p for p in item.pins if p not in wrong))
    return problems


def _rows(
    site: Site, items: list[Item], solution: Solution
) -> tuple[dict[str, tuple[Host, ...]], dict[str, str]]:  # fmt: skip
    hosts, homes = {}, {}
    for item in items:
        row = solution.board.rows.get(item.team)
        if row is None:
            continue
        hosts[item.team] = tuple(Host(site.names[h], w) for h, w in zip(row.hosts, row.weights, strict=True))
        for (app, _), home in zip(item.homes, row.homes, strict=True):
            homes[f"{item.team}/{app}"] = site.names[home]
    return hosts, homes


def _still_moving(
    previous: Lock, cell: Cell, hosts: dict[str, tuple[Host, ...]], homes: dict[str, str]
) -> dict[str, str]:
    """Let teams that are on their way, and stay on the same hosts, stay on their way; the copies of their apps."""
    copies = {}
    for team, row in hosts.items():
        before = previous.row(cell, team)
        if any(h.move for h in before) and tuple(Host(h.cluster, h.weight) for h in before) == row:
            hosts[team] = before
    for key, cluster in (*previous.homes.get(cell, {}).items(), *previous.copies.get(cell, {}).items()):
        row = hosts.get(key.partition("/")[0], ())
        if key not in homes or not any(h.move for h in row):
            continue
        if previous.homes[cell].get(key) == "":  # stopped: it starts with the last step
            homes[key] = ""
        elif cluster == previous.copies.get(cell, {}).get(key):
            copies[key] = cluster
    return copies


def _moves(
    fleet: FleetInput, previous: Lock, lock: Lock, reasons: Mapping[tuple[Cell, str], str]
) -> Iterator[Move]:  # fmt: skip
    for cell in sorted({*previous.hosts, *previous.homes, *lock.hosts}):
        old, new = previous.hosts.get(cell, {}), lock.hosts.get(cell, {})
        changed: dict[str, list[tuple[str, str, str]]] = {}
        before, after = previous.homes.get(cell, {}), lock.homes.get(cell, {})
        for key in sorted({*before, *after}):
            if before.get(key) != after.get(key):
                team, _, app = key.partition("/")
                changed.setdefault(team, []).append((app, before.get(key, ""), after.get(key, "")))
        for team in sorted({*old, *new, *changed}):
            was, now = old.get(team, ()), new.get(team, ())
            if was != now or team in changed:
                why = reasons.get((cell, team), "")
                yield Move(cell, team, was, now, tuple(changed.get(team, ())), _why(fleet, cell, team, was, now, why))


def _why(
    fleet: FleetInput, cell: Cell, team: str, was: tuple[Host, ...], now: tuple[Host, ...], known: str
) -> str:  # fmt: skip
    if team not in fleet.model.teams:
        return "left the fleet"
    if cell not in fleet.team_cells(fleet.model.teams[team]):
        return "may not be in this data center"
    clusters = fleet.model.environments[cell.environment].data_centers[cell.data_center].clusters
    if gone := [h.cluster for h in was if h.cluster not in clusters]:
        return f"{', '.join(gone)} left the data center"
    if was != now:
        return known or "by capacity"
    return "apps that run once came or went"
