"""Diagnostics of a placement. Each names the team, the cluster or data center, the constraint, and a fix."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from sixfold_compiler.diagnostics import Diagnostic, suggest
from sixfold_compiler.model.base import TIERS
from sixfold_compiler.model.quantities import Resources
from sixfold_compiler.placement.demand import Demand, demand_of
from sixfold_compiler.placement.reasons import explain_cell, rejections

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from sixfold_compiler.inputs.fleet import FleetInput
    from sixfold_compiler.placement.demand import AppDemand
    from sixfold_compiler.placement.lock import Lock
    from sixfold_compiler.placement.occupancy import Occupancy
    from sixfold_compiler.placement.problem import CellProblem, TeamRequest
    from sixfold_compiler.placement.solution import Failure

__all__ = [
    "exception_problems",
    "failure_problem",
    "pin_problem",
    "quota_problems",
    "retired_problems",
    "unplaced_problem",
]

SAMPLE = 3  # clusters whose reasons the help of a finding shows
_CODES = {
    "room": ("SF430", "add capacity or a cluster, lower the demand of the team, or lower the headroom in the fleet"),
    "stacks": ("SF432", "add a cluster, raise the limit of stacks for the tier, or let the team share a stack"),
    "loss": ("SF433", "add capacity or a cluster, so that the apps fit on the remaining clusters after a loss"),
    "service": ("SF435", "add a cluster, or lower replicas or autoscaling.max of the service"),
    "spread": (
        "SF431",
        "add a cluster, lower the spread of the tier, or change the rule that excludes the other clusters",
    ),
}


def failure_problem(
    fleet: FleetInput, occupancy: Occupancy, failure: Failure, demands: Mapping[str, Demand], stays: str = ""
) -> Diagnostic:
    """Build the diagnostic of a team that could not be placed in a data center.

    Its detail has the reasons of every cluster, and its help the reasons of the first clusters.

    Args:
        fleet: The fleet.
        occupancy: The occupancy of the data center without the team.
        failure: The failure.
        demands: The demands of the teams there.
        stays: The clusters on which the team stays nevertheless.
    """
    problem, request = occupancy.problem, failure.request
    lead = f"team {request.team} ({TIERS[request.tier]}) cannot be placed in {problem.cell}"
    lead += f" and stays on {stays}" if stays else ""
    return _failure(fleet, occupancy, failure, demands, (lead, _needed(problem, request), occupancy))


def unplaced_problem(
    fleet: FleetInput,
    occupancy: Occupancy,
    failure: Failure,
    demands: Mapping[str, Demand],
    app: AppDemand,
    beside: Occupancy,
) -> Diagnostic:
    """Build the diagnostic of an app without which its team has a place.

    Args:
        fleet: The fleet.
        occupancy: The occupancy of the data center without the team.
        failure: The failure of the team with the app.
        demands: The demands of the teams there, with the app.
        app: The demand of the app.
        beside: The occupancy with the team, without the app.
    """
    key = f"{failure.request.team}/{app.app}"
    lead = f"{key} ({app.tier}) has no place in {occupancy.problem.cell}"
    return replace(_failure(fleet, occupancy, failure, demands, (lead, app.total, beside)), app=key)


def _failure(
    fleet: FleetInput,
    occupancy: Occupancy,
    failure: Failure,
    demands: Mapping[str, Demand],
    wanted: tuple[str, Resources, Occupancy],
) -> Diagnostic:
    """Build the diagnostic of a failure; `wanted` is who has no place, what it needs, and the place that is free."""
    problem, request = occupancy.problem, failure.request
    lead, needed, beside = wanted
    open_ = {*request.eligible, *request.standby, *(c for c in request.weights if c in request.keepable)}
    constraint = "spread" if len(open_) < request.min_hosts else failure.constraint
    code, fix = _CODES[constraint]
    explained = explain_cell(fleet, occupancy, request, demand_of(demands, request.team))
    reasons = [
        f"{e.cluster}: " + "; ".join(f"{c.constraint}: {c.figures}" for c in e.failing) for e in explained if e.failing
    ]
    if constraint == "spread":
        clusters = "cluster" if request.min_hosts == 1 else "clusters"
        text = f"{lead}: it needs {request.min_hosts} {clusters}, but {len(open_)} of {len(problem.names)} may host it"
    elif constraint == "room":
        free = {c: beside.free(c) for c in sorted(open_)}
        total = sum(free.values(), Resources())
        text = f"{lead}: it needs {needed}, but the clusters that may host it have only {total} free in all"
        largest = max(free, key=lambda c: free[c].cpu)
        text += f", at most {free[largest]} on {problem.names[largest]}"
    else:
        failing = next((c for e in explained for c in e.failing if c.constraint == constraint), None)
        text = f"{lead}: {failing.figures if failing else fix}"
    shown = " | ".join(reasons[:SAMPLE]) + (f" | and {len(reasons) - SAMPLE} more" if len(reasons) > SAMPLE else "")
    help_text = f"{fix}; `sixfold place --explain {request.team}` shows every cluster" + (f". {shown}" if shown else "")
    return Diagnostic(code, text, fleet.span(("teams", request.team)), help_text, detail="\n".join(reasons))


def pin_problem(
    fleet: FleetInput, problem: CellProblem, request: TeamRequest, cluster: int, demand: Demand
) -> Diagnostic:
    """Build the diagnostic of a pin to a cluster that cannot host the team."""
    checks = rejections(fleet, problem, request, cluster, demand)
    figures = "; ".join(f"{c.constraint}: {c.figures}" for c in checks) or "it accepts no more teams"
    place = f"{problem.cell}/{problem.names[cluster]}"
    text = f"team {request.team} is pinned to {place}, but that cluster cannot host it: {figures}"
    help_text = "change the pin, or the rule that it violates"
    return Diagnostic("SF438", text, fleet.span(("teams", request.team, "pins")), help_text)


def exception_problems(fleet: FleetInput, today: str) -> Iterator[Diagnostic]:
    """Yield a finding for each expired pin or ban, and for each pin or ban that names an unknown cluster or team."""
    known = {e: {c for d in v.data_centers.values() for c in d.clusters} for e, v in fleet.model.environments.items()}
    for name, team in sorted(fleet.model.teams.items()):
        for kind, exceptions in (("pins", team.pins), ("bans", team.bans)):
            for index, item in enumerate(exceptions):
                span = fleet.span(("teams", name, kind, index))
                what, where = kind[:-1], f"{item.environment}/{item.cluster}"
                if item.environment not in known or item.cluster not in known[item.environment]:
                    close = suggest(item.cluster, known.get(item.environment, ()))
                    text = f"a {what} of team {name} is for the cluster {where}, which is not in the fleet"
                    yield Diagnostic("SF439", text, span, close)
                elif item.until < today:
                    text = f"the {what} of team {name} for {where} expired on {item.until} and no longer applies"
                    help_text = f"remove the {what} from the fleet, or set a new date (its reason was: {item.reason})"
                    yield Diagnostic("SF437", text, span, help_text, severity="warning")
    for target, cluster in fleet.targets():
        path = target.value_path
        for name in cluster.dedicated.teams if cluster.dedicated else ():
            if name not in fleet.model.teams:
                text = f"cluster {target} is dedicated to the team {name!r}, which is not in the fleet"
                yield Diagnostic("SF439", text, fleet.span((*path, "dedicated")), suggest(name, fleet.model.teams))


def retired_problems(fleet: FleetInput, lock: Lock) -> Iterator[Diagnostic]:
    """Yield a finding for each retired cluster on which the lock still places a team."""
    for cell, data_center in fleet.cells():
        retired = {name for name, c in data_center.clusters.items() if c.state == "retired"}
        if not retired:
            continue
        hosted: dict[str, list[str]] = {}
        for team, row in sorted(lock.hosts.get(cell, {}).items()):
            for host in row:
                if host.cluster in retired:
                    hosted.setdefault(host.cluster, []).append(team)
        for cluster, teams in sorted(hosted.items()):
            path = (*cell.value_path, "clusters", cluster, "state")
            sample = ", ".join(teams[:5]) + (f" and {len(teams) - 5} more" if len(teams) > 5 else "")
            text = f"cluster {cell}/{cluster} is retired, but still hosts {sample}"
            yield Diagnostic("SF427", text, fleet.span(path), "set its state to draining, and move these teams first")


def quota_problems(
    fleet: FleetInput, occupancy: Occupancy, requests: Sequence[TeamRequest], demands: Mapping[str, Demand]
) -> Iterator[Diagnostic]:
    """Yield a finding for each team whose apps may exceed its quota, since Kubernetes rejects pods beyond it."""
    problem = occupancy.problem
    environment = problem.cell.environment
    for request in requests:
        demand = demands.get(request.team)
        assignment = occupancy.assignments.get(request.team)
        if demand is None or assignment is None:
            continue
        team = fleet.model.teams[request.team]
        quota = team.quota_in(environment).resources
        asked = demand.sums.share + demand.sums.home
        if demand.sums.every.pods or demand.sums.node.pods:
            asked += demand.sums.every.times(len(assignment.hosts))
            asked += demand.sums.node.times(sum(problem.nodes[h] for h in assignment.hosts))
        if not asked.within(quota):
            text = f"the apps of team {request.team} may request {asked} in {problem.cell}, but its quota is {quota}"
            own = ("quotas", environment) if environment in (team.quotas or {}) else ("quota",)
            help_text = "raise the quota, or lower replicas or autoscaling.max: Kubernetes rejects pods over the quota"
            yield Diagnostic("SF436", text, fleet.span(("teams", request.team, *own)), help_text, severity="warning")


def _needed(problem: CellProblem, request: TeamRequest) -> Resources:
    """Return the load of a team on the smallest number of hosts that it may have."""
    nodes = max(problem.nodes, default=0)
    parts = zip(request.divided, request.per_host, request.per_node, strict=True)
    sums = [divided + (per_host + per_node * nodes) * request.min_hosts for divided, per_host, per_node in parts]
    for _, amount in request.homes:
        sums = [total + own for total, own in zip(sums, amount, strict=True)]
    return Resources(*sums)
