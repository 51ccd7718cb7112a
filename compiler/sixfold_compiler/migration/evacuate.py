"""Evacuate a data center: delete its namespaces, as far as the other data centers can replace them.

The numbers in a manifest apply to each data center, and every data center that a team may use runs its apps all the
time. DNS and the edge divide the traffic between data centers; the lock does not. So an evacuation creates namespaces
in other data centers only where they are missing, changes no weights between data centers, and expects that no outside
traffic is left. A namespace leaves after its callers, or together with them. A namespace with a caller that stays also
stays. A namespace that another data center lacks, and has no place for, stays as well, and everybody else leaves.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple

from sixfold_compiler.diagnostics import Diagnostic, DiagnosticError, listed
from sixfold_compiler.migration.choices import choice_problems, volume_apps
from sixfold_compiler.migration.stages import NamespaceMove
from sixfold_compiler.migration.step import Step, lock_with, moves_between, namespaces_of
from sixfold_compiler.migration.tombstones import tombstone_scopes
from sixfold_compiler.model.base import TIERS
from sixfold_compiler.model.quantities import Resources
from sixfold_compiler.placement import Demand, demand_of
from sixfold_compiler.placement.findings import failure_problem
from sixfold_compiler.placement.problem import FleetProblems
from sixfold_compiler.placement.solve import relocate
from sixfold_compiler.placement.utilization import utilization_of

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping
    from datetime import date

    from sixfold_compiler.inputs.fleet import FleetInput
    from sixfold_compiler.migration.choices import Choices
    from sixfold_compiler.model.addresses import Cell
    from sixfold_compiler.placement import Demands, Lock
    from sixfold_compiler.placement.problem import CellProblem
    from sixfold_compiler.placement.propose import Move

__all__ = ["next_evacuation", "staying", "stuck"]

NAMED = 5  # teams or apps that a finding names


class _Settled(NamedTuple):
    """The teams that leave and that stay, the step with the namespaces that others lack, and findings by team.

    A finding says why a team has no place elsewhere. `join` is None if the other data centers lack none.
    """

    leaving: dict[str, NamespaceMove]
    reasons: dict[str, str]
    join: Step | None
    problems: dict[str, Diagnostic]


def next_evacuation(
    fleet: FleetInput, demands: Demands, lock: Lock, cell: Cell, choices: Choices, today: date
) -> Step | None:
    """Return the next step of an evacuation; None if all remaining teams cannot leave (see `staying`).

    The first step is `join`: the other data centers get the namespaces that they lack. Then come `leave` steps in
    waves, the lowest tiers first, as far as calls permit. A team without a place elsewhere stays, and is an error only
    when everybody else has left.

    Raises:
        DiagnosticError: SF430 to SF435 (only teams without a place elsewhere are left), SF442 (volumes), SF445 (no room
            elsewhere), SF446 (the operator has not confirmed that the other data centers are sized for the traffic),
            SF447 (a drain is in progress).
    """
    cell_demands = demands.get(cell, {})
    namespaces = namespaces_of(lock, cell, cell_demands)
    if moving := sorted(team for team, namespace in namespaces.items() if namespace.in_progress):
        text = f"the evacuation of {cell} cannot begin while {listed(moving, NAMED)} moves between its clusters"
        hint = "complete this move with `sixfold drain` for that cluster first"
        raise DiagnosticError(Diagnostic("SF447", text, None, hint))
    settled = _settled(fleet, demands, lock, cell, choices, today)
    leaving = settled.leaving
    if not leaving:
        if settled.problems:
            raise DiagnosticError(settled.problems.values())
        return None
    claims = {t: apps for t, n in leaving.items() if (apps := _volumes(demand_of(cell_demands, t), n))}
    if claims and choices.claims != "move-without-data":
        raise DiagnosticError(choice_problems(fleet, str(cell), {}, claims))
    if settled.join is not None:
        return settled.join
    problems = [*_room(fleet, demands, lock, cell, leaving), *_sizes(demands, cell, leaving, choices)]
    if problems:
        raise DiagnosticError(problems)
    after = dict.fromkeys(_wave(cell_demands, list(leaving), choices.count(len(namespaces))), NamespaceMove(()))
    scopes = [s for t, n in after.items() for s in tombstone_scopes(cell, leaving[t], n, demand_of(cell_demands, t))]
    moves = moves_between(cell, namespaces, after, "leaves the data center")
    return Step("leave", lock_with(lock, cell, after), moves, tuple(scopes))


def staying(
    fleet: FleetInput, demands: Demands, lock: Lock, cell: Cell, choices: Choices, today: date
) -> dict[str, str]:
    """Return the teams that cannot leave a data center, each with the reason."""
    return _settled(fleet, demands, lock, cell, choices, today).reasons


def _settled(fleet: FleetInput, demands: Demands, lock: Lock, cell: Cell, choices: Choices, today: date) -> _Settled:
    """Find the teams that can leave: without those that have no place elsewhere, and without those that these call."""
    namespaces = namespaces_of(lock, cell, demands.get(cell, {}))
    problems: dict[str, Diagnostic] = {}
    homeless: dict[str, str] = {}
    while True:
        reasons = stuck(fleet, demands, lock, cell, choices, homeless)
        leaving = {t: n for t, n in sorted(namespaces.items()) if t not in reasons and t in fleet.model.teams}
        arrivals = _Arrivals(fleet, demands, lock, cell, leaving, today)
        if not arrivals.failures:
            return _Settled(leaving, reasons, arrivals.step, problems)
        for team, (other, problem) in arrivals.failures.items():
            problems[team] = problem
            homeless[team] = f"{other} has no place for it ({problem.code})"


def stuck(
    fleet: FleetInput,
    demands: Demands,
    lock: Lock,
    cell: Cell,
    choices: Choices,
    homeless: Mapping[str, str] = MappingProxyType({}),
) -> dict[str, str]:
    """Return the teams that their manifests, their volumes, or callers that stay bind to a data center, with reasons.

    Args:
        fleet: The fleet.
        demands: The demands of all teams.
        lock: The lock.
        cell: The data center.
        choices: What the operator chose.
        homeless: The teams that have no place elsewhere, each with the reason.
    """
    cell_demands = demands.get(cell, {})
    owners = {app.app: team for team, demand in cell_demands.items() for app in demand.apps}
    placed = {team for team in lock.hosts.get(cell, {}) if team in fleet.model.teams}
    namespaces = namespaces_of(lock, cell, cell_demands)
    reasons: dict[str, str] = {}
    for team in sorted(placed):
        demand = demand_of(cell_demands, team)
        if reason := _own_reason(fleet, demands, cell, demand):
            reasons[team] = reason
        elif choices.claims == "keep" and (apps := _volumes(demand, namespaces[team])):
            reasons[team] = f"{', '.join(apps)}: volumes are in {cell}"
        elif team in homeless:
            reasons[team] = homeless[team]
    for other in _others(demands, cell):
        for team, demand in sorted(demands[other].items()):
            for app in demand.apps:
                for name, center in app.calls:
                    if center == cell.data_center and owners.get(name) in placed:
                        reasons.setdefault(owners[name], f"{team}/{app.app} in {other} calls {name} in {cell}")
    waiting = sorted(reasons)
    while waiting:
        team = waiting.pop()
        for app in demand_of(cell_demands, team).apps:
            for name, center in app.calls:
                callee = owners.get(name, "")
                if center in ("", cell.data_center) and callee in placed and callee not in reasons:
                    reasons[callee] = f"{team}/{app.app}, which stays, calls {name}"
                    waiting.append(callee)
    return reasons


def _own_reason(fleet: FleetInput, demands: Demands, cell: Cell, demand: Demand) -> str:
    """Return why a team's manifests or the fleet bind the team to the data center; empty if they do not."""
    environment = cell.environment
    cells = [c for c in fleet.team_cells(fleet.model.teams[demand.team]) if c.environment == environment and c != cell]
    if not cells:
        return f"the fleet lets it run in no other data center of {environment}"
    if all(fleet.takes_nobody(c) for c in cells):
        return f"the other data centers of {environment} where it may run are being emptied as well"
    open_ = [c for c in _others(demands, cell) if not fleet.takes_nobody(c)]
    alone = [app.app for app in demand.apps if not any(_has(demands, c, demand.team, app.app) for c in open_)]
    return f"{', '.join(alone)}: the manifest names no other data center that accepts teams" if alone else ""


def _volumes(demand: Demand, namespace: NamespaceMove) -> list[str]:
    return volume_apps(demand, namespace.clusters, namespace.homes)


def _others(demands: Demands, cell: Cell) -> list[Cell]:
    return [c for c in sorted(demands) if c.environment == cell.environment and c != cell]


def _has(demands: Demands, cell: Cell, team: str, app: str) -> bool:
    demand = demands[cell].get(team)
    return demand is not None and any(a.app == app for a in demand.apps)


class _Arrivals:
    """The namespaces that other data centers lack of teams that leave one.

    `failures` are the teams without a place, each with the data center and a finding. `step` creates the namespaces of
    the others; it is None if there are none.
    """

    def __init__(
        self, fleet: FleetInput, demands: Demands, lock: Lock, cell: Cell, leaving: Collection[str], today: date
    ) -> None:
        self.failures: dict[str, tuple[Cell, Diagnostic]] = {}
        self._lock, self._cell = lock, cell
        self._moves: list[Move] = []
        self._standby: dict[str, str] = {}
        problems = FleetProblems(fleet, None, today.isoformat())
        for other, _ in fleet.cells():
            if other.environment != cell.environment or other == cell or fleet.takes_nobody(other):
                continue
            teams = [t for t in leaving if other in fleet.team_cells(fleet.model.teams[t]) and not lock.row(other, t)]
            if teams:
                self._place(fleet, problems.problem(other), problems, demands.get(other, {}), teams)

    @property
    def step(self) -> Step | None:
        """The step that creates the namespaces."""
        return Step("join", self._lock, tuple(self._moves), standby=self._standby) if self._moves else None

    def _place(
        self,
        fleet: FleetInput,
        problem: CellProblem,
        problems: FleetProblems,
        demands: Mapping[str, Demand],
        teams: Collection[str],
    ) -> None:
        """Place the teams that a data center lacks. All other teams stay unchanged."""
        other = problem.cell
        items = problems.requests(problem, demands, self._lock)
        solution = relocate(problem, items, teams, -1)
        for failure in solution.failures:
            finding = failure_problem(fleet, solution.occupancy, failure, demands, str(self._cell))
            self.failures.setdefault(failure.request.team, (other, finding))
        failed = {failure.request.team for failure in solution.failures}
        arriving = [item for item in items if item.team in teams and item.team not in failed]
        namespaces = {i.team: NamespaceMove(solution.hosts_of(i), solution.homes_of(i)) for i in arriving}
        self._lock = lock_with(self._lock, other, namespaces)
        self._moves += moves_between(other, {}, namespaces, f"must run here before it leaves {self._cell}")
        self._standby |= solution.standby_by_name


def _room(
    fleet: FleetInput, demands: Demands, lock: Lock, cell: Cell, leaving: Collection[str]
) -> Iterator[Diagnostic]:
    """Yield an SF445 for each cluster elsewhere that has no room for its share of the pods that leave.

    The pods of a team are divided over its other data centers by their capacity, and within each by the team's weights.
    """
    loads = utilization_of(fleet, demands, lock)
    extra: dict[tuple[Cell, str], Resources] = {}
    cores: dict[Cell, int] = {}
    for target, load in loads.items():
        if not fleet.takes_nobody(target.cell):
            cores[target.cell] = cores.get(target.cell, 0) + load.capacity.cpu
    for team in leaving:
        demand = demand_of(demands.get(cell, {}), team).sums.share
        cells = [c for c in cores if c.environment == cell.environment and c != cell and lock.row(c, team)]
        all_cores = sum(cores[c] for c in cells)
        for other in cells:
            for host in lock.row(other, team):
                part = demand.times(cores[other] * host.share, all_cores * 100)
                extra[other, host.cluster] = extra.get((other, host.cluster), Resources()) + part
    for target, load in loads.items():
        part = extra.get((target.cell, target.cluster), Resources())
        if part != Resources() and not (load.total + part).within(load.room):
            figures = f"it uses {load.total} of {load.room}, and {part} would be added"
            text = f"{target} has no room for its part of the load of {cell}: {figures}"
            hint = "add capacity there first, or let more teams stay"
            yield Diagnostic("SF445", text, fleet.span(target.value_path), hint)


def _sizes(demands: Demands, cell: Cell, leaving: Collection[str], choices: Choices) -> Iterator[Diagnostic]:
    """Yield an SF446 with the leaving P0 apps, unless the operator confirmed the sizes of the other data centers."""
    if choices.sized:
        return
    lines = []
    for team in leaving:
        for app in demand_of(demands.get(cell, {}), team).apps:
            if app.tier == TIERS[0] and app.spread == "share":
                elsewhere = sum(
                    a.pods
                    for other in _others(demands, cell)
                    for a in demand_of(demands[other], team).apps
                    if a.app == app.app
                )
                lines.append(f"{team}/{app.app} has at most {app.pods:,} pods there and {elsewhere:,} elsewhere")
    if lines:
        text = f"nobody has confirmed that the other data centers can take the traffic of the P0 apps in {cell}"
        hint = "raise autoscaling.max or replicas there with an override, move the traffic, and confirm with --sized"
        shown = "; ".join(lines[:NAMED]) + (f"; and {len(lines) - NAMED} more" if len(lines) > NAMED else "")
        yield Diagnostic("SF446", f"{text}: {shown}", None, hint, detail="\n".join(lines))


def _wave(demands: Mapping[str, Demand], leaving: list[str], count: int) -> list[str]:
    """Choose the next teams to leave: of the lowest tier, without callers among the remaining teams.

    P0 leaves one team at a time. Teams that call each other in a circle leave together.
    """
    owners = {app.app: team for team, demand in demands.items() for app in demand.apps}
    callers: dict[str, set[str]] = {}
    for team in leaving:
        for app in demand_of(demands, team).apps:
            for name, _ in app.calls:
                if (callee := owners.get(name, team)) != team:
                    callers.setdefault(callee, set()).add(team)
    tiers = {team: demand_of(demands, team).tier for team in leaving}
    free = sorted((t for t in leaving if not callers.get(t)), key=lambda t: (-int(tiers[t][1:]), t))
    if free:
        lowest = tiers[free[0]]
        return [t for t in free if tiers[t] == lowest][: 1 if lowest == TIERS[0] else count]
    groups = []
    for team in leaving:
        group, unread = {team}, [team]
        while unread:
            new = callers.get(unread.pop(), set()) - group
            group |= new
            unread += new
        groups.append(sorted(group))
    return min(groups, key=lambda group: (len(group), group))  # the smallest group that no other team calls
