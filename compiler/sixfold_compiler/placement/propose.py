"""Propose a new lock: place every team on top of the previous lock, and list the changes and problems."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from sixfold_compiler.placement.demand import Demand, demand_of
from sixfold_compiler.placement.findings import (
    exception_problems,
    failure_problem,
    pin_problem,
    quota_problems,
    retired_problems,
)
from sixfold_compiler.placement.lock import Host, Lock
from sixfold_compiler.placement.problem import FleetProblems
from sixfold_compiler.placement.solve import solve
from sixfold_compiler.placement.utilization import utilization_of

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping
    from datetime import date

    from sixfold_compiler.diagnostics import Diagnostic
    from sixfold_compiler.inputs.fleet import FleetInput
    from sixfold_compiler.model.addresses import Cell, Target
    from sixfold_compiler.model.quantities import Resources
    from sixfold_compiler.placement.demand import Demands
    from sixfold_compiler.placement.problem import CellProblem, TeamRequest
    from sixfold_compiler.placement.solve import Solution
    from sixfold_compiler.placement.utilization import Utilization

__all__ = ["Move", "Proposal", "propose"]


@dataclass(frozen=True, slots=True)
class Move:
    """A change of one team's placement in one data center.

    `before` is empty if the team is new there; `after` is empty if the team leaves or, after an error, cannot be
    placed. `homes` has (app, cluster before, cluster after) for each home that changes.
    """

    cell: Cell
    team: str
    before: tuple[Host, ...]
    after: tuple[Host, ...]
    homes: tuple[tuple[str, str, str], ...]
    why: str

    @property
    def added(self) -> tuple[str, ...]:
        """The clusters that host the team only after the move."""
        return tuple(h.cluster for h in self.after if h.cluster not in {b.cluster for b in self.before})


@dataclass(frozen=True, slots=True)
class Proposal:
    """A proposed lock and its changes.

    `before` and `after` are the utilization of every cluster under the same demands, with the old and the new lock.
    `standby` maps each standby cluster that the proposal starts to use to the team that needs it. A lock with an error
    among the diagnostics must not be written, because it lacks the teams that could not be placed.
    """

    lock: Lock
    moves: tuple[Move, ...]
    before: Mapping[Target, Utilization]
    after: Mapping[Target, Utilization]
    standby: Mapping[str, str]
    diagnostics: tuple[Diagnostic, ...]

    @property
    def failed(self) -> bool:
        """True if a diagnostic is an error."""
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
    """Place every team of a fleet. The same arguments give the same proposal in any process.

    Args:
        fleet: The fleet.
        demands: The demand of every team; a team without an entry has no apps in that data center.
        previous: The current placements; an empty lock for a fleet that is placed for the first time.
        today: The day by which pins and bans expire.
        live: Capacities that were read from live clusters; they replace the fleet's.
        rebalance: Recompute the weights of teams that stay on their hosts from capacity.
        leave: Clusters that must not host any team; their teams move at once.
    """
    problems = FleetProblems(fleet, live, today.isoformat(), leave)
    hosts: dict[Cell, dict[str, tuple[Host, ...]]] = {}
    homes: dict[Cell, dict[str, str]] = {}
    copies: dict[Cell, dict[str, str]] = {}
    reasons: dict[tuple[Cell, str], str] = {}
    standby: dict[str, str] = {}
    diagnostics = [*exception_problems(fleet, today.isoformat()), *retired_problems(fleet, previous)]
    for cell, _ in fleet.cells():
        problem, local = problems.problem(cell), demands.get(cell, {})
        requests = problems.requests(problem, local, previous)
        if fleet.takes_nobody(cell):  # it is being evacuated: a team that has left does not come back
            requests = [request for request in requests if request.weights]
        diagnostics += _drop_impossible_pins(fleet, problem, requests, local)
        solution = solve(problem, requests, rebalance=rebalance)
        hosts[cell], homes[cell] = _rows(requests, solution)
        copies[cell] = _keep_moving(previous, cell, hosts[cell], homes[cell])
        reasons.update(((cell, team), reason) for team, reason in solution.reasons.items())
        standby |= solution.standby_by_name
        diagnostics += quota_problems(fleet, solution.occupancy, requests, local)
        diagnostics += [failure_problem(fleet, solution.occupancy, f, local) for f in solution.failures]
    lock = Lock(hosts, homes, {cell: apps for cell, apps in copies.items() if apps})
    return Proposal(
        lock,
        tuple(_moves(fleet, previous, lock, reasons)),
        utilization_of(fleet, demands, previous, live),
        utilization_of(fleet, demands, lock, live),
        standby,
        tuple(sorted(diagnostics, key=lambda d: d.sort_key)),
    )


def _drop_impossible_pins(
    fleet: FleetInput, problem: CellProblem, requests: list[TeamRequest], demands: Mapping[str, Demand]
) -> list[Diagnostic]:
    """Remove pins to clusters that cannot host their team from `requests`, and return a finding for each."""
    diagnostics = []
    for index, request in enumerate(requests):
        reachable = {*request.eligible, *request.standby, *request.weights}
        impossible = [p for p in request.pins if p not in reachable]
        impossible += [p for p in request.pins if p not in request.keepable and p not in impossible]
        if impossible:
            demand = demand_of(demands, request.team)
            diagnostics += [pin_problem(fleet, problem, request, cluster, demand) for cluster in impossible]
            requests[index] = replace(request, pins=tuple(p for p in request.pins if p not in impossible))
    return diagnostics


def _rows(requests: list[TeamRequest], solution: Solution) -> tuple[dict[str, tuple[Host, ...]], dict[str, str]]:
    """Return the hosts of every placed team, and the homes of its apps, by name in the form of the lock."""
    placed = [request for request in requests if request.team in solution.occupancy.assignments]
    hosts = {request.team: solution.hosts_of(request) for request in placed}
    homes = {f"{r.team}/{app}": home for r in placed for app, home in solution.homes_of(r).items()}
    return hosts, homes


def _keep_moving(
    previous: Lock, cell: Cell, hosts: dict[str, tuple[Host, ...]], homes: dict[str, str]
) -> dict[str, str]:
    """Restore the stage of the moves of teams that stay on the same hosts; return the copies of their apps."""
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


def _moves(fleet: FleetInput, previous: Lock, lock: Lock, reasons: Mapping[tuple[Cell, str], str]) -> Iterator[Move]:
    """Yield the change of each team whose hosts or homes differ between the locks, sorted by cell and team."""
    for cell in sorted({*previous.hosts, *previous.homes, *lock.hosts}):
        old, new = previous.hosts.get(cell, {}), lock.hosts.get(cell, {})
        changed: dict[str, list[tuple[str, str, str]]] = {}
        old_homes, new_homes = previous.homes.get(cell, {}), lock.homes.get(cell, {})
        for key in sorted({*old_homes, *new_homes}):
            if old_homes.get(key) != new_homes.get(key):
                team, _, app = key.partition("/")
                changed.setdefault(team, []).append((app, old_homes.get(key, ""), new_homes.get(key, "")))
        for team in sorted({*old, *new, *changed}):
            before, after = old.get(team, ()), new.get(team, ())
            if before != after or team in changed:
                reason = _reason(fleet, cell, team, before, after) or reasons.get((cell, team)) or "by capacity"
                yield Move(cell, team, before, after, tuple(changed.get(team, ())), reason)


def _reason(fleet: FleetInput, cell: Cell, team: str, before: tuple[Host, ...], after: tuple[Host, ...]) -> str:
    """Return the reason for a change that the fleet or the apps cause; empty if the solver decided it."""
    if team not in fleet.model.teams:
        return "left the fleet"
    if cell not in fleet.team_cells(fleet.model.teams[team]):
        return "may not be in this data center"
    clusters = fleet.model.data_center(cell).clusters
    if missing := [h.cluster for h in before if h.cluster not in clusters]:
        return f"{', '.join(missing)} left the data center"
    return "" if before != after else "apps that run once came or went"
