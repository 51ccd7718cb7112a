"""The limit on the load balancers of a team: those of its apps' external roads, counted in each data center."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sixfold_compiler.diagnostics import Diagnostic
from sixfold_compiler.pipeline.app_state import PreparedApp

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sixfold_compiler.inputs.fleet import FleetInput
    from sixfold_compiler.model.addresses import AppKey, Cell
    from sixfold_compiler.model.facts import Facts
    from sixfold_compiler.pipeline.app_state import AppState

__all__ = ["surplus_load_balancers"]


def surplus_load_balancers(
    fleet: FleetInput, states: Mapping[AppKey, AppState]
) -> dict[AppKey, tuple[Diagnostic, ...]]:
    """Return the changed apps whose load balancer is above their team's limit, each with its SF413.

    Apps that keep their facts come first, then the changed ones that have a load balancer already, then the others by
    name: who comes last is above the limit.
    """
    wanting: dict[tuple[str, Cell], list[AppState]] = {}
    for app in states.values():
        for cell, facts in app.facts.items():
            if _has_one(facts):
                wanting.setdefault((app.key.team, cell), []).append(app)
    surplus: dict[AppKey, tuple[Diagnostic, ...]] = {}
    for (team, cell), apps in sorted(wanting.items()):
        limit = fleet.model.teams[team].load_balancers if team in fleet.model.teams else 0
        ordered = sorted(apps, key=lambda app: (isinstance(app, PreparedApp), not _had_one(app, cell), app.key))
        for app in ordered[limit:]:
            if isinstance(app, PreparedApp):
                surplus.setdefault(app.key, (_problem(app, cell, limit),))
    return surplus


def _had_one(app: AppState, cell: Cell) -> bool:
    return cell in app.tree.facts and _has_one(app.tree.facts[cell])


def _has_one(facts: Facts) -> bool:
    external = facts.roads.get("external")
    return external is not None and bool(external.load_balancer)


def _problem(app: PreparedApp, cell: Cell, limit: int) -> Diagnostic:
    team = app.key.team
    others = f"and its {limit} are in use" if limit else "and the fleet gives it none"
    return Diagnostic(
        "SF413",
        f"spec.roads.external.loadBalancer asks for another load balancer of team {team} in {cell}, {others}",
        app.prepared.span,
        f"remove it, or ask the platform team to set loadBalancers of teams.{team} in the fleet",
        app=str(app.key),
    )
