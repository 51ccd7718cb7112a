"""Evacuating a data center: its namespaces leave it, where others can do without them.

A manifest's numbers are for each data center, and every data center that a team may use runs its apps all the time; how
much traffic each gets is the business of DNS and the edge, not of the lock. So nothing is made anew elsewhere but what
is missing there, no weight between data centers changes, and what leaves must have no traffic from outside any more.
Whoever calls a namespace leaves before it, or with it; what somebody who stays calls stays.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sixfold_compiler.diagnostics import Diagnostic, DiagnosticError
from sixfold_compiler.migration.choices import choice_problems, claiming
from sixfold_compiler.migration.stages import Way
from sixfold_compiler.migration.step import Step, moves_between, replaced, stones_of, ways_of
from sixfold_compiler.model.quantities import Resources
from sixfold_compiler.placement import Demand, Host, utilization_of
from sixfold_compiler.placement.findings import failure_problem
from sixfold_compiler.placement.problem import FleetProblems
from sixfold_compiler.placement.solve import relocate

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import date

    from sixfold_compiler.inputs.fleet import FleetInput
    from sixfold_compiler.migration.choices import Choices
    from sixfold_compiler.model.addresses import Cell
    from sixfold_compiler.placement import Demands, Lock, Move

__all__ = ["next_evacuation", "stuck"]

Reasons = dict[str, str]


def next_evacuation(
    fleet: FleetInput, demands: Demands, lock: Lock, cell: Cell, choices: Choices, today: date
) -> Step | None:
    """What empties a data center further; None when only what cannot leave is left (`stuck` says why).

    First `join`: the other data centers get the namespaces that they lack. Then `leave`, in waves: the lowest tiers
    first, as far as calls permit.

    Raises:
        DiagnosticError: SF430 to SF435 (no place elsewhere), SF442 (volumes), SF445 (no room elsewhere), SF446 (nobody
            said that the others are sized for it), SF447 (a namespace is on its way inside the data center).
    """
    here = demands.get(cell, {})
    ways = ways_of(lock, cell, here)
    if moving := sorted(team for team, way in ways.items() if way.moves):
        text = f"{', '.join(moving[:5])} in {cell} are on their way from a cluster to another"
        hint = "go on with `sixfold drain` for that cluster to the end of these moves, then evacuate"
        raise DiagnosticError(Diagnostic("SF447", text, None, hint))
    reasons = stuck(fleet, demands, lock, cell, choices)
    leaving = sorted(team for team in ways if team not in reasons and team in fleet.model.teams)
    if not leaving:
        return None
    claims = {t: a for t in leaving if (a := claiming(here.get(t) or Demand(t), _clusters(ways[t]), ways[t].homes))}
    if claims and choices.claims != "move-without-data":
        raise DiagnosticError(choice_problems(fleet, str(cell), {}, claims))
    arrived = _arrivals(fleet, demands, lock, cell, leaving, today)
    if arrived is not None:
        return arrived
    problems = [*_room(fleet, demands, lock, cell, leaving), *_sizes(demands, cell, leaving, choices)]
    if problems:
        raise DiagnosticError(problems)
    after = dict.fromkeys(_wave(here, leaving, choices.count(len(ways))), Way(()))
    stones = [s for t in after for s in stones_of(cell, t, ways[t], after[t], here.get(t) or Demand(t))]
    why = "leaves the data center"
    return Step("leave", replaced(lock, cell, after), moves_between(cell, ways, after, why), tuple(stones))


def stuck(fleet: FleetInput, demands: Demands, lock: Lock, cell: Cell, choices: Choices) -> Reasons:
    """The teams that cannot leave a data center, each with the reason."""
    here = demands.get(cell, {})
    owners = {app.app: team for team, demand in here.items() for app in demand.apps}
    placed = {team for team in lock.hosts.get(cell, {}) if team in fleet.model.teams}
    others = [c for c in sorted(demands) if c.environment == cell.environment and c != cell]
    open_ = [c for c in others if not fleet.takes_nobody(c)]
    reasons: Reasons = {}
    ways = ways_of(lock, cell, here)
    for team in sorted(placed):
        demand = here.get(team) or Demand(team)
        cells = [
            c for c in fleet.team_cells(fleet.model.teams[team]) if c.environment == cell.environment and c != cell
        ]
        alone = [a.app for a in demand.apps if not any(_has(demands, c, team, a.app) for c in open_)]
        if not cells:
            reasons[team] = f"the fleet lets it run in no other data center of {cell.environment}"
        elif all(fleet.takes_nobody(c) for c in cells):
            reasons[team] = f"the other data centers of {cell.environment} where it may run are being emptied as well"
        elif alone:
            reasons[team] = f"{', '.join(alone)}: the manifest names no other data center that takes teams"
        elif choices.claims == "keep" and (apps := claiming(demand, _clusters(ways[team]), ways[team].homes)):
            reasons[team] = f"{', '.join(apps)}: volumes are here"
    for other in others:
        for team, demand in sorted(demands[other].items()):
            for app in demand.apps:
                for name, center in app.calls:
                    if center == cell.data_center and owners.get(name) in placed:
                        reasons.setdefault(owners[name], f"{team}/{app.app} in {other} calls {name} here")
    waiting = sorted(reasons)
    while waiting:
        team = waiting.pop()
        for app in (here.get(team) or Demand(team)).apps:
            for name, center in app.calls:
                callee = owners.get(name, "")
                if center in ("", cell.data_center) and callee in placed and callee not in reasons:
                    reasons[callee] = f"{team}/{app.app}, which stays, calls {name}"
                    waiting.append(callee)
    return reasons


def _has(demands: Demands, cell: Cell, team: str, app: str) -> bool:
    demand = demands[cell].get(team)
    return demand is not None and any(a.app == app for a in demand.apps)


def _clusters(way: Way) -> list[str]:
    return [host.cluster for host in way.row]


def _arrivals(
    fleet: FleetInput, demands: Demands, lock: Lock, cell: Cell, leaving: list[str], today: date
) -> Step | None:
    """The namespaces that other data centers lack, placed there; None where they lack none."""
    problems = FleetProblems(fleet, None, today.isoformat())
    made = lock
    moves: list[Move] = []
    standby: dict[str, str] = {}
    for other, _ in fleet.cells():
        if other.environment != cell.environment or other == cell or fleet.takes_nobody(other):
            continue
        teams = [t for t in leaving if other in fleet.team_cells(fleet.model.teams[t]) and not lock.row(other, t)]
        if not teams:
            continue
        here = demands.get(other, {})
        problem = problems.problem(other)
        requests = problems.requests(problem, here, lock)
        solution = relocate(problem, requests, teams, -1)
        if solution.failures:
            raise DiagnosticError(failure_problem(fleet, solution.occupancy, f, here) for f in solution.failures)
        ways = {}
        for request in requests:
            if request.team in teams:
                row = solution.occupancy.assignments[request.team]
                hosts = tuple(Host(problem.names[h], w) for h, w in zip(row.hosts, row.weights, strict=True))
                homes = {app: problem.names[c] for (app, _), c in zip(request.homes, row.homes, strict=True)}
                ways[request.team] = Way(hosts, homes)
        made = replaced(made, other, ways)
        moves += moves_between(other, {}, ways, f"must run here before it leaves {cell}")
        standby |= {f"{other}/{problem.names[c]}": team for c, team in solution.standby.items()}
    return Step("join", made, tuple(moves), standby=standby) if moves else None


def _room(fleet: FleetInput, demands: Demands, lock: Lock, cell: Cell, leaving: list[str]) -> Iterable[Diagnostic]:
    """Clusters elsewhere that could not hold as many pods more as leave here.

    Each team's are divided over its other data centers by their capacity, and there by its weights.
    """
    loads = utilization_of(fleet, demands, lock)
    more: dict[Cell, dict[str, Resources]] = {}
    cores: dict[Cell, int] = {}
    for target, load in loads.items():
        if not fleet.takes_nobody(target.cell):
            cores[target.cell] = cores.get(target.cell, 0) + load.capacity.cpu
    for team in leaving:
        demand = (demands.get(cell, {}).get(team) or Demand(team)).sums.share
        cells = [c for c in cores if c.environment == cell.environment and c != cell and lock.row(c, team)]
        whole = sum(cores[c] for c in cells)
        for other in cells:
            for host in lock.row(other, team):
                part = demand.times(cores[other] * host.share, whole * 100)
                there = more.setdefault(other, {})
                there[host.cluster] = there.get(host.cluster, Resources()) + part
    for target, load in loads.items():
        extra = more.get(target.cell, {}).get(target.cluster)
        if extra is not None and not (load.total + extra).within(load.room):
            where = ("environments", target.environment, "dataCenters", target.data_center, "clusters", target.cluster)
            figures = f"it has {load.total}, {extra} would come, {load.room} fit"
            text = f"{target} cannot take over its part of {cell}: {figures}"
            yield Diagnostic("SF445", text, fleet.span(where), "add capacity there first, or let fewer teams leave")


def _sizes(demands: Demands, cell: Cell, leaving: list[str], choices: Choices) -> Iterable[Diagnostic]:
    """What only people know: whether the others are sized for the traffic that comes."""
    if choices.sized:
        return
    lines = []
    for team in leaving:
        for app in (demands.get(cell, {}).get(team) or Demand(team)).apps:
            if app.tier == "P0" and app.spread == "share":
                there = sum(
                    a.pods
                    for other, found in demands.items()
                    if other.environment == cell.environment and other != cell and team in found
                    for a in found[team].apps
                    if a.app == app.app
                )
                lines.append(f"{team}/{app.app} has at most {app.pods:,} pods here and {there:,} elsewhere")
    if lines:
        shown = "; ".join(lines[:5]) + (f"; and {len(lines) - 5} more" if len(lines) > 5 else "")
        text = f"the traffic of {cell} comes to data centers that run what their manifests say: {shown}"
        hint = "raise autoscaling.max or replicas for them by an override, move the traffic, and say --sized"
        yield Diagnostic("SF446", text, None, hint, detail="\n".join(lines))


def _wave(demands: Mapping[str, Demand], leaving: list[str], count: int) -> list[str]:
    """Who leaves next: nobody that somebody calls who would still be there."""
    owners = {app.app: team for team, demand in demands.items() for app in demand.apps}
    callers: dict[str, set[str]] = {}
    for team in leaving:
        for app in (demands.get(team) or Demand(team)).apps:
            for name, _ in app.calls:
                if (callee := owners.get(name, team)) != team:
                    callers.setdefault(callee, set()).add(team)
    tiers = {team: (demands.get(team) or Demand(team)).tier for team in leaving}
    free = sorted((t for t in leaving if not callers.get(t)), key=lambda t: (-int(tiers[t][1:]), t))
    if free:
        lowest = tiers[free[0]]
        return [t for t in free if tiers[t] == lowest][: 1 if lowest == "P0" else count]
    # They call each other in circles: the smallest group that nobody else calls goes at once.
    groups = []
    for team in leaving:
        group, rest = {team}, [team]
        while rest:
            new = callers.get(rest.pop(), set()) - group
            group |= new
            rest += new
        groups.append(sorted(group))
    return min(groups, key=lambda group: (len(group), group))
