"""Draining a cluster: the next step from where the lock stands."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from sixfold_compiler.diagnostics import Diagnostic, DiagnosticError
from sixfold_compiler.migration.choices import choice_problems, claiming, runs_once
from sixfold_compiler.migration.stages import STAGES, Way, advance, begin, settled, stage
from sixfold_compiler.migration.step import Step, moves_between, replaced, stones_of, ways_of
from sixfold_compiler.model.base import TIERS
from sixfold_compiler.placement import Demand, Host, utilization_of
from sixfold_compiler.placement.findings import failure_problem
from sixfold_compiler.placement.problem import FleetProblems
from sixfold_compiler.placement.solve import relocate

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from sixfold_compiler.inputs.fleet import FleetInput
    from sixfold_compiler.migration.choices import Choices
    from sixfold_compiler.model.addresses import Cell, Target
    from sixfold_compiler.placement import Demands, Lock
    from sixfold_compiler.placement.problem import CellProblem, TeamRequest

__all__ = ["next_step", "staying"]

_WHY = {
    "join": "starts beside what runs",
    "shift": "half of the traffic goes over",
    "empty": "the rest of the traffic goes over",
    "stop": "apps that must not run twice stop",
    "leave": "nothing is called there any more",
}


def next_step(
    fleet: FleetInput, demands: Demands, lock: Lock, target: Target, choices: Choices, today: date
) -> Step | None:
    """What empties a cluster further; None when nothing is left to move.

    Namespaces that are on their way go on first, those that are furthest behind; then the next wave begins. A pure
    function: the walk's state is the lock.

    Args:
        fleet: The fleet. The cluster counts as one that takes nobody, whatever its state.
        demands: What the apps ask for.
        lock: Where everything is.
        target: The cluster.
        choices: What was decided.
        today: The day by which pins and bans expire.

    Raises:
        DiagnosticError: SF430 to SF435 (a team has no other place), SF441 (pins), SF442 and SF443 (not decided), SF444
            (no room to run twice).
    """
    cell = target.cell
    here = demands.get(cell, {})
    ways = ways_of(lock, cell, here)
    problem, items = _items(fleet, demands, lock, ways, target, today)
    moving = {t: w for t, w in ways.items() if t in items and w.moves and _hosts(w, target.cluster)}
    if moving:
        return _go_on(problem, items, lock, ways, moving, here)
    kept = staying(target, here, ways, choices)
    waiting = [t for t, w in ways.items() if t in items and t not in kept and _hosts(w, target.cluster)]
    if not waiting:
        return None
    _decided(fleet, target, here, {team: ways[team] for team in waiting}, choices)
    ends, standby = _ends(fleet, problem, items, waiting, target, here)
    wave = _wave(items, ways, waiting, choices, here)
    return _begin(fleet, demands, lock, cell, {team: ways[team] for team in wave}, ends, standby)


def staying(target: Target, demands: Mapping[str, Demand], ways: Mapping[str, Way], choices: Choices) -> list[str]:
    """The namespaces that stay on a cluster because their volumes are there, where that was chosen."""
    if choices.claims != "keep":
        return []
    there = ((t, w) for t, w in sorted(ways.items()) if _hosts(w, target.cluster) and not w.moves)
    return [t for t, w in there if claiming(demands.get(t) or Demand(t), [target.cluster], w.homes)]


def _hosts(way: Way, cluster: str) -> bool:
    return any(host.cluster == cluster for host in way.row)


def _items(
    fleet: FleetInput, demands: Demands, lock: Lock, ways: Mapping[str, Way], target: Target, today: date
) -> tuple[CellProblem, dict[str, TeamRequest]]:
    """The data center as if every way were gone to its end, and its teams, none of which may go to the cluster."""
    cell = target.cell
    problems = FleetProblems(fleet, None, today.isoformat())
    problem = problems.problem(cell)
    gone = problem.index[target.cluster]
    ends = replaced(lock, cell, {team: settled(way) for team, way in ways.items() if way.moves})
    items = {}
    for request in problems.requests(problem, demands.get(cell, {}), ends):
        may, spare = (tuple(c for c in clusters if c != gone) for clusters in (request.eligible, request.standby))
        pins = tuple(p for p in request.pins if p in may or p in spare or p == gone)
        items[request.team] = replace(
            request, eligible=may, standby=spare, keepable=request.keepable - {gone}, pins=pins
        )
    return problem, items


def _go_on(
    problem: CellProblem,
    items: dict[str, TeamRequest],
    lock: Lock,
    ways: Mapping[str, Way],
    moving: Mapping[str, Way],
    demands: Mapping[str, Demand],
) -> Step:
    """The next stage of those on their way that are furthest behind."""
    cell = problem.cell
    now = min((stage(way) for way in moving.values()), key=STAGES.index)
    after = {}
    for team, way in sorted(moving.items()):
        if stage(way) == now:
            stopped = [app for app, home in way.homes.items() if not home]
            start = _homes(problem, items, team) if now == "leave" and stopped else {}
            after[team] = advance(way, {app: start.get(app) or _heaviest(way) for app in stopped})
    stones = [s for t, w in after.items() for s in stones_of(cell, t, ways[t], w, demands.get(t) or Demand(t))]
    return Step(now, replaced(lock, cell, after), moves_between(cell, ways, after, _WHY[now]), tuple(stones))


def _homes(problem: CellProblem, items: dict[str, TeamRequest], team: str) -> dict[str, str]:
    """The homes of a team's apps at the end of its way, found anew for those that have none."""
    row = relocate(problem, list(items.values()), [team], -1).occupancy.assignments.get(team)
    names = [app for app, _ in items[team].homes]
    hosts = set(items[team].weights)
    return {app: problem.names[c] for app, c in zip(names, row.homes, strict=True) if c in hosts} if row else {}


def _heaviest(way: Way) -> str:
    return max(way.row, key=lambda h: (h.weight, h.cluster)).cluster


def _decided(
    fleet: FleetInput, target: Target, demands: Mapping[str, Demand], ways: Mapping[str, Way], choices: Choices
) -> None:
    once, claims, pinned = {}, {}, []
    for team, way in sorted(ways.items()):
        demand = demands.get(team) or Demand(team)
        if found := claiming(demand, [target.cluster], way.homes):
            claims[team] = found
        if apps := [a.app for a in demand.apps if runs_once(a) and way.homes.get(a.app) == target.cluster]:
            once[team] = apps
        pins = [
            p
            for p in fleet.model.teams[team].pins
            if (p.environment, p.cluster) == (target.environment, target.cluster)
        ]
        pinned += [(team, pin) for pin in pins]
    problems = choice_problems(
        fleet, str(target), {} if choices.once else once, {} if choices.claims == "move-without-data" else claims
    )
    for team, pin in pinned:
        text = f"team {team} is pinned to {target} until {pin.until}: {pin.reason}"
        span = fleet.span(("teams", team, "pins"))
        problems.append(Diagnostic("SF441", text, span, "take the pin out of the fleet, then go on"))
    if problems:
        raise DiagnosticError(problems)


def _ends(
    fleet: FleetInput,
    problem: CellProblem,
    items: dict[str, TeamRequest],
    waiting: list[str],
    target: Target,
    demands: Mapping[str, Demand],
) -> tuple[dict[str, tuple[tuple[Host, ...], dict[str, str]]], dict[str, str]]:
    """Where every team that is still to move will be: hosts and homes; and the standby clusters that this takes."""
    solution = relocate(problem, list(items.values()), waiting, problem.index[target.cluster])
    if solution.failures:
        raise DiagnosticError(failure_problem(fleet, solution.occupancy, f, demands) for f in solution.failures)
    ends = {}
    for team in waiting:
        row, item = solution.occupancy.assignments[team], items[team]
        hosts = tuple(Host(problem.names[h], w) for h, w in zip(row.hosts, row.weights, strict=True))
        ends[team] = hosts, {app: problem.names[c] for (app, _), c in zip(item.homes, row.homes, strict=True)}
    return ends, {f"{problem.cell}/{problem.names[c]}": team for c, team in solution.standby.items()}


def _wave(
    items: Mapping[str, TeamRequest],
    ways: Mapping[str, Way],
    waiting: list[str],
    choices: Choices,
    demands: Mapping[str, Demand],
) -> list[str]:
    """Who goes next: all that have no apps; of the lowest tier there is, the smallest first; of P0, one stack."""
    if idle := [team for team in waiting if not (demands.get(team) or Demand(team)).apps]:
        return sorted(idle)  # no pod, and no traffic, moves with them
    lowest = max(items[team].tier for team in waiting)
    order = sorted((t for t in waiting if items[t].tier == lowest), key=lambda t: (items[t].divided, t))
    if TIERS[lowest] == "P0":
        return sorted(t for t in order if items[t].stack == items[order[0]].stack)
    return order[: choices.count(len(ways))]


def _begin(
    fleet: FleetInput,
    demands: Demands,
    lock: Lock,
    cell: Cell,
    wave: dict[str, Way],
    ends: Mapping[str, tuple[tuple[Host, ...], dict[str, str]]],
    standby: Mapping[str, str],
) -> Step:
    """The first stage of a wave, of fewer namespaces where not all have room to run twice."""
    here = demands.get(cell, {})
    names = list(wave)
    while True:
        after = {}
        for team in names:
            apps = (here.get(team) or Demand(team)).apps
            after[team] = begin(wave[team], *ends[team], [a.app for a in apps if runs_once(a)])
        made = replaced(lock, cell, after)
        full = _overdrawn(fleet, demands, lock, made, cell)
        if full is None:
            used = {cluster: team for cluster, team in standby.items() if team in after}
            return Step("join", made, moves_between(cell, wave, after, _WHY["join"]), standby=used)
        if len(names) == 1 or (here.get(names[0]) or Demand(names[0])).tier == "P0":
            raise DiagnosticError(full(fleet, names))
        names = names[: len(names) // 2]


class _Full:
    """A cluster that has no room for pods before and after a move at once."""

    def __init__(self, target: Target, text: str) -> None:
        self._target, self._text = target, text

    def __call__(self, fleet: FleetInput, teams: list[str]) -> Diagnostic:
        where = ("environments", self._target.environment, "dataCenters", self._target.data_center, "clusters")
        return Diagnostic(
            "SF444",
            f"{', '.join(teams)} cannot run twice on {self._target} while moving: {self._text}",
            fleet.span((*where, self._target.cluster)),
            "add capacity or a cluster, or lower the environment's headroom while the move lasts",
        )


def _overdrawn(fleet: FleetInput, demands: Demands, before: Lock, after: Lock, cell: Cell) -> _Full | None:
    """The first cluster that a step fills beyond its room."""
    was, now = utilization_of(fleet, demands, before), utilization_of(fleet, demands, after)
    for target, load in now.items():
        if target.cell != cell or load.total.within(was[target].total):
            continue
        # Each namespace's part is rounded up, to a millicore, a byte and a pod.
        total, room, slack = load.total, load.room, 2 * load.namespaces
        if total.cpu > room.cpu + slack or total.memory > room.memory + slack or total.pods > room.pods + slack:
            return _Full(target, f"it would have {total} of {room}")
    return None
