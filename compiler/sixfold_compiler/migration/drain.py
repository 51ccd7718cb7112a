"""Drain a cluster: compute the next step from the lock."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from sixfold_compiler.diagnostics import Diagnostic, DiagnosticError
from sixfold_compiler.migration.choices import choice_problems, runs_once, volume_apps
from sixfold_compiler.migration.stages import STAGES, advance, begin, completed, next_stage
from sixfold_compiler.migration.step import Step, lock_with, moves_between, namespaces_of
from sixfold_compiler.migration.tombstones import tombstone_scopes
from sixfold_compiler.model.base import TIERS
from sixfold_compiler.placement import Demand, Host, demand_of
from sixfold_compiler.placement.findings import failure_problem
from sixfold_compiler.placement.problem import FleetProblems
from sixfold_compiler.placement.solve import relocate
from sixfold_compiler.placement.utilization import utilization_of

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from sixfold_compiler.inputs.fleet import FleetInput
    from sixfold_compiler.migration.choices import Choices
    from sixfold_compiler.migration.stages import NamespaceMove
    from sixfold_compiler.model.addresses import Cell, Target
    from sixfold_compiler.placement import Demands, Lock
    from sixfold_compiler.placement.problem import CellProblem, TeamRequest

__all__ = ["next_step", "staying"]

_WHY = {
    "join": "starts on the new clusters as well",
    "shift": "half of the traffic moves",
    "empty": "the rest of the traffic moves",
    "stop": "apps that must not run twice stop",
    "leave": "the old clusters get no traffic any more",
}


def next_step(
    fleet: FleetInput, demands: Demands, lock: Lock, target: Target, choices: Choices, today: date
) -> Step | None:
    """Return the next step of a drain; None if nothing is left to move.

    Moves in progress advance first, starting with those at the earliest stage; then the next wave begins. The function
    is pure: the lock is the complete state of a drain.

    Args:
        fleet: The fleet. The cluster is treated as draining, whatever its state is.
        demands: The pods that the apps request.
        lock: The hosts and homes before the step.
        target: The cluster to drain.
        choices: The operator's choices.
        today: The day by which pins and bans expire.

    Raises:
        DiagnosticError: SF430 to SF435 (no other cluster can host a team), SF441 (pins), SF442 and SF443 (a choice is
            missing), SF444 (no room to run twice).
    """
    cell = target.cell
    cell_demands = demands.get(cell, {})
    namespaces = namespaces_of(lock, cell, cell_demands)
    problem, items = _problem(fleet, demands, lock, namespaces, target, today)
    hosted = {t: n for t, n in namespaces.items() if t in items and target.cluster in n.clusters}
    moving = {team: namespace for team, namespace in hosted.items() if namespace.in_progress}
    if moving:
        return _continue(problem, items, lock, namespaces, moving, cell_demands)
    kept = staying(demands, lock, target, choices)
    waiting = {team: namespace for team, namespace in hosted.items() if team not in kept}
    if not waiting:
        return None
    _check_choices(fleet, target, cell_demands, waiting, choices)
    ends, standby = _ends(fleet, problem, items, list(waiting), target, cell_demands)
    wave = _wave(items, list(ends), choices.count(len(namespaces)), cell_demands)
    return _begin(fleet, demands, lock, cell, {team: waiting[team] for team in wave}, ends, standby)


def staying(demands: Demands, lock: Lock, target: Target, choices: Choices) -> list[str]:
    """Return the teams that stay on the cluster `target` for their volumes, if `choices.claims` is `keep`."""
    if choices.claims != "keep":
        return []
    cell_demands = demands.get(target.cell, {})
    namespaces = namespaces_of(lock, target.cell, cell_demands)
    resting = ((t, n) for t, n in sorted(namespaces.items()) if target.cluster in n.clusters and not n.in_progress)
    return [t for t, n in resting if volume_apps(demand_of(cell_demands, t), [target.cluster], n.homes)]


def _problem(
    fleet: FleetInput,
    demands: Demands,
    lock: Lock,
    namespaces: Mapping[str, NamespaceMove],
    target: Target,
    today: date,
) -> tuple[CellProblem, dict[str, TeamRequest]]:
    """Return the placement problem of the data center with all moves complete, and the requests of its teams.

    The drained cluster takes no team in this problem.
    """
    cell = target.cell
    problems = FleetProblems(fleet, None, today.isoformat())
    problem = problems.problem(cell)
    drained = problem.index[target.cluster]
    ends = lock_with(lock, cell, {t: completed(n) for t, n in namespaces.items() if n.in_progress})
    items = {}
    for item in problems.requests(problem, demands.get(cell, {}), ends):
        may, spare = (tuple(c for c in clusters if c != drained) for clusters in (item.eligible, item.standby))
        pins = tuple(p for p in item.pins if p in may or p in spare or p == drained)
        items[item.team] = replace(item, eligible=may, standby=spare, keepable=item.keepable - {drained}, pins=pins)
    return problem, items


def _continue(
    problem: CellProblem,
    items: dict[str, TeamRequest],
    lock: Lock,
    namespaces: Mapping[str, NamespaceMove],
    moving: Mapping[str, NamespaceMove],
    demands: Mapping[str, Demand],
) -> Step:
    """Return the step that advances the moves at the earliest stage."""
    cell = problem.cell
    stage = min((next_stage(namespace) for namespace in moving.values()), key=STAGES.index)
    after = {}
    for team, namespace in sorted(moving.items()):
        if next_stage(namespace) == stage:
            stopped = [app for app, home in namespace.homes.items() if not home]
            start = _new_homes(problem, items, team) if stage == "leave" and stopped else {}
            after[team] = advance(namespace, {app: start.get(app) or _heaviest(namespace) for app in stopped})
    scopes = [s for t, n in after.items() for s in tombstone_scopes(cell, namespaces[t], n, demand_of(demands, t))]
    return Step(stage, lock_with(lock, cell, after), moves_between(cell, namespaces, after, _WHY[stage]), tuple(scopes))


def _new_homes(problem: CellProblem, items: dict[str, TeamRequest], team: str) -> dict[str, str]:
    """Choose a home for each of a team's apps among the hosts that the team has after its move."""
    solution = relocate(problem, list(items.values()), [team], -1)
    if team not in solution.occupancy.assignments:
        return {}
    hosts = {problem.names[host] for host in items[team].weights}
    return {app: home for app, home in solution.homes_of(items[team]).items() if home in hosts}


def _heaviest(namespace: NamespaceMove) -> str:
    return max(namespace.row, key=lambda h: (h.weight, h.cluster)).cluster


def _check_choices(
    fleet: FleetInput,
    target: Target,
    demands: Mapping[str, Demand],
    waiting: Mapping[str, NamespaceMove],
    choices: Choices,
) -> None:
    """Check that no team is pinned, and that the operator decided about volumes and apps that must not run twice.

    Raises:
        DiagnosticError: SF441, SF442, SF443.
    """
    once, claims, pinned = {}, {}, []
    for team, namespace in sorted(waiting.items()):
        demand = demand_of(demands, team)
        if apps := volume_apps(demand, [target.cluster], namespace.homes):
            claims[team] = apps
        if apps := [a.app for a in demand.apps if runs_once(a) and namespace.homes.get(a.app) == target.cluster]:
            once[team] = apps
        for pin in fleet.model.teams[team].pins:
            if (pin.environment, pin.cluster) == (target.environment, target.cluster):
                text = f"team {team} cannot leave {target}, because it is pinned there until {pin.until}: {pin.reason}"
                span = fleet.span(("teams", team, "pins"))
                pinned.append(Diagnostic("SF441", text, span, "remove the pin from the fleet, then continue the drain"))
    claims = {} if choices.claims == "move-without-data" else claims
    if problems := [*choice_problems(fleet, str(target), {} if choices.once else once, claims), *pinned]:
        raise DiagnosticError(problems)


def _ends(
    fleet: FleetInput,
    problem: CellProblem,
    items: dict[str, TeamRequest],
    waiting: list[str],
    target: Target,
    demands: Mapping[str, Demand],
) -> tuple[dict[str, tuple[tuple[Host, ...], dict[str, str]]], dict[str, str]]:
    """Return the final hosts and homes of each team that can move, and the standby clusters that they need.

    Teams that no other cluster can host move last, and prevent the end of the drain; the others do not wait for them.
    """
    problems: list[Diagnostic] = []
    moving = waiting
    solution = relocate(problem, list(items.values()), moving, problem.index[target.cluster])
    while solution.failures:
        problems += [failure_problem(fleet, solution.occupancy, f, demands) for f in solution.failures]
        failed = {failure.request.team for failure in solution.failures}
        moving = [team for team in moving if team not in failed]
        if not moving:
            raise DiagnosticError(problems)
        solution = relocate(problem, list(items.values()), moving, problem.index[target.cluster])
    ends = {team: (solution.hosts_of(items[team]), solution.homes_of(items[team])) for team in moving}
    return ends, solution.standby_by_name


def _wave(items: Mapping[str, TeamRequest], waiting: list[str], count: int, demands: Mapping[str, Demand]) -> list[str]:
    """Choose the teams of the next wave.

    Teams without apps move first, all at once. Then `count` teams of the lowest tier move, the smallest first; P0 moves
    one stack at a time regardless of `count`.
    """
    if idle := [team for team in waiting if not demand_of(demands, team).apps]:
        return sorted(idle)  # no pod, and no traffic, moves with them
    lowest = max(items[team].tier for team in waiting)
    order = sorted((t for t in waiting if items[t].tier == lowest), key=lambda t: (items[t].divided, t))
    if lowest == 0:  # P0
        return sorted(t for t in order if items[t].stack == items[order[0]].stack)
    return order[:count]


def _begin(
    fleet: FleetInput,
    demands: Demands,
    lock: Lock,
    cell: Cell,
    wave: dict[str, NamespaceMove],
    ends: Mapping[str, tuple[tuple[Host, ...], dict[str, str]]],
    standby: Mapping[str, str],
) -> Step:
    """Return the first step of a wave, with the wave halved until all of its namespaces have room to run twice."""
    cell_demands = demands.get(cell, {})
    teams = list(wave)
    while True:
        after = {}
        for team in teams:
            apps = demand_of(cell_demands, team).apps
            after[team] = begin(wave[team], *ends[team], [a.app for a in apps if runs_once(a)])
        joined = lock_with(lock, cell, after)
        overdrawn = _overdrawn(fleet, demands, lock, joined, cell)
        if overdrawn is None:
            used = {cluster: team for cluster, team in standby.items() if team in after}
            return Step("join", joined, moves_between(cell, wave, after, _WHY["join"]), standby=used)
        if len(teams) == 1 or demand_of(cell_demands, teams[0]).tier == TIERS[0]:
            raise DiagnosticError(_no_room(fleet, *overdrawn, teams))
        teams = teams[: len(teams) // 2]


def _overdrawn(fleet: FleetInput, demands: Demands, before: Lock, after: Lock, cell: Cell) -> tuple[Target, str] | None:
    """Return the first cluster of the cell that a step would overfill, with figures; None if there is none."""
    loads = utilization_of(fleet, demands, before)
    for target, load in utilization_of(fleet, demands, after).items():
        if target.cell != cell or load.total.within(loads[target].total):
            continue
        # Each namespace's part is rounded up, to a millicore, a byte and a pod.
        total, room, slack = load.total, load.room, 2 * load.namespaces
        if total.cpu > room.cpu + slack or total.memory > room.memory + slack or total.pods > room.pods + slack:
            return target, f"it would have {total} of {room}"
    return None


def _no_room(fleet: FleetInput, target: Target, figures: str, teams: list[str]) -> Diagnostic:
    return Diagnostic(
        "SF444",
        f"{target} has no room to run {', '.join(teams)} twice during the move: {figures}",
        fleet.span(target.value_path),
        "add capacity or a cluster, or lower the headroom of the environment during the move",
    )
