"""Limits that the fleet sets for the apps of a team: the highest tier, and the quota of a data center.

A manifest above them fails where its author sees it; otherwise it would spoil the placement of every team.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sixfold_compiler.diagnostics import Diagnostic, suggest
from sixfold_compiler.model.base import TIERS
from sixfold_compiler.model.requests import most_pods, pod_requests
from sixfold_compiler.model.roads import External

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from sixfold_compiler.diagnostics import JsonObject, Span, ValuePath
    from sixfold_compiler.inputs.fleet import FleetInput
    from sixfold_compiler.model.addresses import AppKey, Cell
    from sixfold_compiler.model.app import Spec

__all__ = ["check_allowance", "check_callers"]


def check_callers(
    fleet: FleetInput, app: AppKey, spec: Spec, span: Callable[[ValuePath], Span]
) -> Iterator[Diagnostic]:
    """Yield an SF243 for each caller, and each app that may share a host, of a team that is not in the fleet."""
    for name, road in (spec.roads.by_name if spec.roads else {}).items():
        lists = {"callers": road.callers, "sharedWith": road.shared_with if isinstance(road, External) else None}
        for field, patterns in lists.items():
            for index, pattern in enumerate(patterns or ()):
                team = pattern.partition("/")[0]
                if team != "*" and team not in fleet.model.teams:
                    text = f"{field} of the road {name} admits {pattern}, and the fleet has no team {team!r}"
                    where = span(("roads", name, field, index))
                    close = suggest(team, fleet.model.teams)
                    yield Diagnostic("SF243", text, where, close, severity="warning", app=str(app))


def check_allowance(
    fleet: FleetInput, app: AppKey, spec: JsonObject, cell: Cell, span: Callable[[ValuePath], Span]
) -> Iterator[Diagnostic]:
    """Yield an SF225 for a tier above the team's highest, and one for an app that alone is more than the team's quota.

    Args:
        fleet: The fleet.
        app: The app.
        spec: The merged spec, which is valid.
        cell: The data center.
        span: Returns the source position of a path of the spec.
    """
    team = fleet.model.teams[app.team]
    tier = spec.get("tier")
    if tier in TIERS and TIERS.index(tier) < TIERS.index(team.highest_tier):
        text = f"spec.tier is {tier}, and the highest tier of team {app.team} is {team.highest_tier}"
        hint = f"set it to {team.highest_tier}, or ask the platform team to raise highestTier of teams.{app.team}"
        yield Diagnostic("SF225", text, span(("tier",)), hint, app=str(app))
    quota = team.quota_in(cell.environment).resources
    demand = pod_requests(spec).times(most_pods(spec, str(spec.get("kind", "Deployment"))))
    if not demand.within(quota):
        field = next((name for name in ("autoscaling", "replicas", "job") if name in spec), "resources")
        text = f"the app asks for {demand} in a data center of {cell.environment}, where team {app.team} has {quota}"
        hint = f"ask for less, or ask the platform team to raise the quota of teams.{app.team}"
        yield Diagnostic("SF225", text, span((field,)), hint, app=str(app))
