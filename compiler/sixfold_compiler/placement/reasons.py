"""Explain a placement: each constraint of a team on each cluster, with figures."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sixfold_compiler.diagnostics import Diagnostic, DiagnosticError, suggest
from sixfold_compiler.model.addresses import is_within
from sixfold_compiler.model.base import TIERS
from sixfold_compiler.placement.demand import Demand, demand_of
from sixfold_compiler.placement.occupancy import Occupancy
from sixfold_compiler.placement.problem import FleetProblems, refusals

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from sixfold_compiler.inputs.fleet import FleetInput
    from sixfold_compiler.model.addresses import Cell, Target
    from sixfold_compiler.model.quantities import Resources
    from sixfold_compiler.placement.demand import Demands
    from sixfold_compiler.placement.lock import Lock
    from sixfold_compiler.placement.problem import CellProblem, TeamRequest

__all__ = ["Check", "Eligibility", "explain_cell", "explain_team", "rejections"]


@dataclass(frozen=True, slots=True)
class Check:
    """A constraint of a team on a cluster, its figures, and whether it is met."""

    constraint: str
    figures: str
    met: bool = True


@dataclass(frozen=True, slots=True)
class Eligibility:
    """A cluster as a possible host of a team: the team's weight (None if it is no host), and each constraint."""

    cluster: str
    weight: int | None
    checks: tuple[Check, ...]

    @property
    def failing(self) -> tuple[Check, ...]:
        """The constraints that are not met."""
        return tuple(c for c in self.checks if not c.met)


def explain_team(
    fleet: FleetInput,
    demands: Demands,
    lock: Lock,
    team: str,
    *,
    today: date,
    at: str = "",
    live: Mapping[Target, Resources] | None = None,
) -> dict[Cell, list[Eligibility]]:
    """Return the constraints of a team on each cluster, in each cell in which the team may run.

    Args:
        fleet: The fleet.
        demands: The demand of every team.
        lock: The placements.
        team: The name of the team.
        today: The day by which pins and bans expire.
        at: `env` or `env/dc`, to limit the cells; empty: all.
        live: Capacities that were read from live clusters; they replace the fleet's.

    Raises:
        DiagnosticError: SF422, the fleet has no such team, or the team may not run at `at`.
    """
    if team not in fleet.model.teams:
        close = suggest(team, fleet.model.teams)
        raise DiagnosticError(Diagnostic("SF422", f"the fleet has no team {team!r}", None, close))
    problems = FleetProblems(fleet, live, today.isoformat())
    explained = {}
    for cell in sorted(fleet.team_cells(fleet.model.teams[team])):
        if not is_within(cell, at):
            continue
        problem = problems.problem(cell)
        occupancy = Occupancy(problem)
        local = demands.get(cell, {})
        wanted = None
        for request in problems.requests(problem, local, lock):
            if request.team == team:
                wanted = request
            elif request.weights:
                occupancy.add(request, occupancy.locked(request))
        assert wanted is not None  # noqa: S101 - the cell is one of the team's
        explained[cell] = explain_cell(fleet, occupancy, wanted, demand_of(local, team))
    if not explained:
        text = f"team {team} may not run in {at!r}" if at else f"team {team} may not run in any data center"
        raise DiagnosticError(
            Diagnostic("SF422", text, None, "write an environment, or environment/dataCenter, that the team may use")
        )
    return explained


def explain_cell(fleet: FleetInput, occupancy: Occupancy, request: TeamRequest, demand: Demand) -> list[Eligibility]:
    """Return the constraints of an unplaced team on each cluster of a data center, given the teams placed there."""
    problem = occupancy.problem
    explained = []
    for cluster, name in enumerate(problem.names):
        checks = [_state(problem, request, cluster), *rejections(fleet, problem, request, cluster, demand)]
        checks += _load_checks(occupancy, request, cluster)
        if cluster in request.pins:
            checks.append(Check("pin", "the team is pinned to it"))
        if cluster not in request.weights and all(c.met for c in checks):
            checks.append(Check("choice", _unchosen(problem, request)))
        explained.append(Eligibility(name, request.weights.get(cluster), tuple(checks)))
    return explained


def rejections(
    fleet: FleetInput, problem: CellProblem, request: TeamRequest, cluster: int, demand: Demand
) -> list[Check]:
    """Return the constraints that keep a team off a cluster regardless of load: bans, isolation, APIs."""
    team, name = fleet.model.teams[request.team], problem.names[cluster]
    reasons = refusals(request.team, team, TIERS[request.tier], demand.apis, problem.clusters[cluster])
    checks = [Check(constraint, figures, met=False) for constraint, figures in reasons]
    if cluster not in request.keepable and not checks and problem.clusters[cluster].state != "retired":
        bans = [b for b in team.bans if (b.environment, b.cluster) == (problem.cell.environment, name)]
        if bans:  # else it is being drained
            checks.append(Check("ban", "; ".join(f"{b.reason} (until {b.until})" for b in bans), met=False))
    return checks


def _state(problem: CellProblem, request: TeamRequest, cluster: int) -> Check:
    state = problem.clusters[cluster].state
    figures = {
        "active": "active",
        "draining": "draining: it keeps its teams and gets no others",
        "standby": "standby: used only where no active cluster has room",
        "retired": "retired: it hosts no team",
    }[state]
    return Check("state", figures, met=state == "active" or (cluster in request.weights and state != "retired"))


def _load_checks(occupancy: Occupancy, request: TeamRequest, cluster: int) -> list[Check]:
    """Check the constraints that depend on load: room, stacks, the loss of a cluster, pods of a service."""
    problem, assignment = occupancy.problem, occupancy.trial(request, cluster)
    need = occupancy.own(request, assignment, cluster)
    free = occupancy.free(cluster)
    weight = assignment.weights[assignment.hosts.index(cluster)]
    figures = f"the team needs {need} at weight {weight}; {free} of {problem.room(cluster)} are free"
    checks = [Check("room", figures, met=need.within(free))]
    if (limit := occupancy.max_stacks[request.tier]) is not None:
        stacks = sorted(occupancy.stacks[request.tier][cluster])
        held = f": {', '.join(stacks)}" if stacks else ""
        figures = f"{len(stacks)} of at most {limit} stacks of {TIERS[request.tier]}{held}; this one is {request.stack}"
        checks.append(Check("stacks", figures, met=not occupancy.crowded(request, cluster)))
    if request.tier <= problem.guarded:
        lost, after = occupancy.worst_loss(request, assignment, cluster)
        if lost >= 0:
            kept = "P0" if not problem.guarded else f"P0 to {TIERS[problem.guarded]}"
            figures = f"with {problem.names[lost]} lost, {kept} would use {after} of {problem.room(cluster)}"
            checks.append(Check("loss", figures, met=after.within(problem.room(cluster))))
    pods, most = occupancy.service_pods(request, assignment, cluster), problem.rules.pods_per_service
    figures = f"its largest service may have {pods:,} pods here, and must have fewer than {most:,}"
    checks.append(Check("service", figures, met=pods < most))
    return checks


def _unchosen(problem: CellProblem, request: TeamRequest) -> str:
    """Return the reason why an eligible cluster does not host the team."""
    if not request.weights:
        return "it could host the team"
    others = ", ".join(problem.names[h] for h in sorted(request.weights))
    return f"it could host the team, which needs {request.min_hosts} but is on {others} and moves only if it must"
