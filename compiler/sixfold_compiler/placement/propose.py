"""Propose a new lock: place every team on top of the previous lock, and list the changes and problems."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, TypeVar

from sixfold_compiler.diagnostics import listed
from sixfold_compiler.placement.demand import Demand, demand_of
from sixfold_compiler.placement.findings import (
    exception_problems,
    failure_problem,
    pin_problem,
    quota_problems,
    retired_problems,
    unplaced_problem,
)
from sixfold_compiler.placement.lock import Host, Lock
from sixfold_compiler.placement.problem import FleetProblems
from sixfold_compiler.placement.settle import settle
from sixfold_compiler.placement.solution import Failure
from sixfold_compiler.placement.solve import probe
from sixfold_compiler.placement.utilization import utilization_of

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
    from datetime import date

    from sixfold_compiler.diagnostics import Diagnostic, Span
    from sixfold_compiler.inputs.fleet import FleetInput
    from sixfold_compiler.model.addresses import Cell, Target
    from sixfold_compiler.model.quantities import Resources
    from sixfold_compiler.placement.demand import AppDemand, Demands
    from sixfold_compiler.placement.problem import CellProblem, TeamRequest
    from sixfold_compiler.placement.settle import Settled
    from sixfold_compiler.placement.solution import Solution
    from sixfold_compiler.placement.utilization import Utilization

    DemandSpan = Callable[[Cell, str, str], Span | None]

Rows = TypeVar("Rows")

__all__ = ["Move", "Proposal", "propose"]


@dataclass(frozen=True, slots=True)
class Move:
    """A change of one team's placement in one data center.

    `before` is empty if the team is new there; `after` is empty if the team leaves. `homes` has (app, cluster before,
    cluster after) for each home that changes.
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
    `standby` maps each standby cluster that the proposal starts to use to the team that needs it. `met` are the demands
    without the apps that have no place. A lock is not written if it is `blocked`, by an error of the fleet itself.
    """

    lock: Lock
    moves: tuple[Move, ...]
    before: Mapping[Target, Utilization]
    after: Mapping[Target, Utilization]
    standby: Mapping[str, str]
    diagnostics: tuple[Diagnostic, ...]
    met: Demands
    blocked: bool

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
    frozen: Collection[str] = (),
    span: DemandSpan = lambda _cell, _key, _constraint: None,
) -> Proposal:
    """Place every team of a fleet. The same arguments give the same proposal in any process.

    Who cannot be placed changes nothing for the others: an app without a place is left out (`Lock.unplaced`), and a
    team that cannot be placed even without its apps keeps its clusters.

    Args:
        fleet: The fleet.
        demands: The demand of every team; a team without an entry has no apps in that data center.
        previous: The current placements; an empty lock for a fleet that is placed for the first time.
        today: The day by which pins and bans expire.
        live: Capacities that were read from live clusters; they replace the fleet's.
        rebalance: Recompute the weights of teams that stay on their hosts from capacity.
        leave: Clusters that must not host any team; their teams move at once.
        frozen: Teams with unknown demand, which keep their clusters.
        span: Returns the source position of what an app (`team/app`) asks for in a cell, for a violated constraint.
    """
    problems = FleetProblems(fleet, live, today.isoformat(), leave)
    hosts: dict[Cell, dict[str, tuple[Host, ...]]] = {}
    homes: dict[Cell, dict[str, str]] = {}
    copies: dict[Cell, dict[str, str]] = {}
    unplaced: dict[Cell, tuple[str, ...]] = {}
    reasons: dict[tuple[Cell, str], str] = {}
    standby: dict[str, str] = {}
    diagnostics = [*exception_problems(fleet, today.isoformat()), *retired_problems(fleet, previous)]
    blocked = any(d.severity == "error" for d in diagnostics)
    met = dict(demands)
    for cell, _ in fleet.cells():
        part = _CellProposal(fleet, problems, cell, demands.get(cell, {}), previous, span)
        settled = part.settled(frozen, rebalance=rebalance)
        solution, requests, met[cell] = settled.solution, settled.requests, settled.demands
        hosts[cell], homes[cell] = _rows(requests, solution)
        copies[cell] = _keep_moving(previous, cell, hosts[cell], homes[cell])
        reasons.update(((cell, team), reason) for team, reason in solution.reasons.items())
        standby |= solution.standby_by_name
        diagnostics += quota_problems(fleet, solution.occupancy, requests, settled.demands)
        diagnostics += [*part.pins, *part.unmet(settled, frozen)]
        unplaced[cell] = tuple(f"{item.team}/{item.app}" for item in settled.unplaced)
    lock = Lock(hosts, homes, _filled(copies), _filled(unplaced))
    return Proposal(
        lock,
        tuple(_moves(fleet, previous, lock, reasons)),
        utilization_of(fleet, met, previous, live),
        utilization_of(fleet, met, lock, live),
        standby,
        tuple(sorted(diagnostics, key=lambda d: d.sort_key)),
        met,
        blocked,
    )


def _filled(rows: Mapping[Cell, Rows]) -> dict[Cell, Rows]:
    return {cell: row for cell, row in rows.items() if row}


class _CellProposal:
    """The placement of one data center: its problem, the requests of its teams, and who cannot be placed."""

    def __init__(
        self,
        fleet: FleetInput,
        problems: FleetProblems,
        cell: Cell,
        demands: Mapping[str, Demand],
        previous: Lock,
        span: DemandSpan,
    ) -> None:
        self._fleet, self._problems, self._cell, self._previous, self._span = fleet, problems, cell, previous, span
        self._demands = demands
        self._problem = problems.problem(cell)
        self.pins: list[Diagnostic] = []
        self._pinned: set[str] = set()

    def settled(self, frozen: Collection[str], *, rebalance: bool) -> Settled:
        """Place the teams; those of `frozen` and those with impossible pins stay on their clusters."""
        requests = self._requests(self._demands)
        self.pins = _impossible_pins(self._fleet, self._problem, requests, self._demands, self._pinned)
        stuck = {r.team for r in requests if r.team in self._pinned or (r.team in frozen and r.weights)}
        homes = self._previous.homes.get(self._cell, {})
        return settle(
            self._problem,
            requests,
            self._requests,
            self._demands,
            homes=homes,
            stuck=sorted(stuck),
            rebalance=rebalance,
        )

    def unmet(self, settled: Settled, frozen: Collection[str]) -> Iterator[Diagnostic]:
        """Yield a finding for each app and each team that has no place."""
        for item in settled.unplaced:
            app = next(a for a in self._demands[item.team].apps if a.app == item.app)
            others = [a for a in settled.demands[item.team].apps if a.app != app.app]
            yield self._problem_of(settled, Demand(item.team, (*others, app)), app)
        for team in sorted((settled.held | settled.absent) - self._pinned - set(frozen)):
            yield self._problem_of(settled, demand_of(settled.demands, team))

    def _requests(self, demands: Mapping[str, Demand], only: Collection[str] | None = None) -> list[TeamRequest]:
        requests = self._problems.requests(self._problem, demands, self._previous, only)
        if self._fleet.takes_nobody(self._cell):  # it is being evacuated: a team that has left does not come back
            requests = [request for request in requests if request.weights]
        return requests

    def _problem_of(self, settled: Settled, demand: Demand, app: AppDemand | None = None) -> Diagnostic:
        """Return the finding of a team that has no place with this demand, or of one of its apps."""
        demands = {**settled.demands, demand.team: demand}
        (wanted,) = self._requests(demands, [demand.team])
        occupancy, failure = probe(settled.solution, settled.requests, wanted)
        if failure is None:  # it fits after all, but then others do not
            occupancy.remove(wanted)
            failure = Failure(wanted, "room")
        if app is None:
            stays = listed(self._problem.names[c] for c in sorted(wanted.weights))
            return failure_problem(self._fleet, occupancy, failure, demands, stays)
        problem = unplaced_problem(self._fleet, occupancy, failure, demands, app, settled.solution.occupancy)
        own = self._span(self._cell, problem.app, failure.constraint)
        return replace(problem, span=own) if own else problem


def _impossible_pins(
    fleet: FleetInput,
    problem: CellProblem,
    requests: Sequence[TeamRequest],
    demands: Mapping[str, Demand],
    teams: set[str],
) -> list[Diagnostic]:
    """Return a finding for each pin to a cluster that cannot host its team, and add the team to `teams`."""
    diagnostics = []
    for request in requests:
        reachable = {*request.eligible, *request.standby, *request.weights}
        impossible = [p for p in request.pins if p not in reachable]
        impossible += [p for p in request.pins if p not in request.keepable and p not in impossible]
        if impossible:
            demand = demand_of(demands, request.team)
            diagnostics += [pin_problem(fleet, problem, request, cluster, demand) for cluster in impossible]
            teams.add(request.team)
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
