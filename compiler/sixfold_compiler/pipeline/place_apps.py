"""Place the prepared apps: set the clusters and the home of each, and give each name one owner."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import orjson

from sixfold_compiler.diagnostics import Diagnostic, listed
from sixfold_compiler.pipeline.app_state import Apps, FailedApp, PreparedApp
from sixfold_compiler.pipeline.load_balancers import surplus_load_balancers
from sixfold_compiler.pipeline.name_claims import lost_names
from sixfold_compiler.pipeline.render.app_input import clusters_of
from sixfold_compiler.pipeline.service_names import names_of_others

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from sixfold_compiler.manifest.prepare import CellSpec, Prepared
    from sixfold_compiler.model.addresses import AppKey, Cell
    from sixfold_compiler.model.facts import Facts
    from sixfold_compiler.ownership.names import Names
    from sixfold_compiler.pipeline.app_state import AppState
    from sixfold_compiler.pipeline.context import CompileContext
    from sixfold_compiler.placement import Placement

__all__ = ["place_app", "place_apps"]


def place_apps(
    context: CompileContext,
    kept: Mapping[AppKey, AppState],
    unplaced: Iterable[PreparedApp],
    problems: Iterable[Diagnostic],
    names: Names,
) -> Apps:
    """Return all apps with final facts. An app without a place, without its home, or with a taken name has failed.

    Args:
        context: The context of the compile.
        kept: The apps that keep their files and facts.
        unplaced: The prepared apps, whose facts have no clusters yet.
        problems: The problems found so far.
        names: The owners of service names, without those that are given up.
    """
    states, diagnostics = dict(kept), list(problems)
    placed = False
    for app in unplaced:
        result = place_app(context, app)
        if isinstance(result, Diagnostic):
            states[app.key] = FailedApp(app.tree, app.manifest)
            diagnostics.append(result)
        else:
            states[app.key], placed = result, True
    apps = Apps(states, names=names).noting(diagnostics)
    apps = apps.failing(names_of_others(names, states, context.fleet))
    if not placed:
        return apps
    apps = apps.failing(lost_names(context.fleet, context.placement, apps.states))
    return apps.failing(surplus_load_balancers(context.fleet, apps.states))


def place_app(context: CompileContext, app: PreparedApp) -> PreparedApp | Diagnostic:
    """Return an app with its clusters and home in each cell, or the error that prevents that (SF410, SF426, SF429).

    Cells that take no new apps, and where the team has no host, are removed from the app.
    """
    placement, team = context.placement, app.key.team
    prepared = _without_closed_cells(context, app.key, app.prepared)
    nowhere = [str(cell) for cell in prepared.cells if not placement.hosts.get((cell, team))]
    if nowhere:
        return Diagnostic(
            "SF410",
            f"{app.key} cannot run in {listed(nowhere)}: the lock places team {team} on no cluster there",
            prepared.span,
            "run `sixfold place` in the deploy repository, or remove this from spec.dataCenters",
            app=str(app.key),
        )
    if crowded := [str(cell) for cell in prepared.cells if (cell, str(app.key)) in placement.unplaced]:
        text = f"{app.key} has no place in {listed(crowded)}: no cluster had room for what it asks for"
        hint = "ask for less or add capacity, then run `sixfold place` in the deploy repository and commit the lock"
        return Diagnostic("SF429", text, prepared.span, hint, app=str(app.key))
    facts: dict[Cell, Facts] = {}
    homeless = []
    for cell, spec in prepared.cells.items():
        placed = _place_in(placement, cell, spec)
        if placed is None:
            homeless.append(str(cell))
        else:
            facts[cell] = placed
    if not homeless:
        return replace(app, prepared=prepared, facts={cell: app.tree.facts[cell] for cell in app.kept} | facts)
    text = f"{app.key} runs once, but the lock has no home for it on the clusters of team {team} in {listed(homeless)}"
    hint = "run `sixfold place` in the deploy repository, and commit the lock"
    return Diagnostic("SF426", text, prepared.span, hint, app=str(app.key))


def _without_closed_cells(context: CompileContext, key: AppKey, prepared: Prepared) -> Prepared:
    """Return the app without the cells where all clusters are draining or retired and the team has no host."""
    closed = {
        cell
        for cell in prepared.cells
        if not context.placement.hosts.get((cell, key.team)) and context.fleet.takes_nobody(cell)
    }
    if not closed:
        return prepared
    return replace(prepared, cells={cell: spec for cell, spec in prepared.cells.items() if cell not in closed})


def _place_in(placement: Placement, cell: Cell, spec: CellSpec) -> Facts | None:
    """Return the app's facts with its clusters in a cell; None if the app runs once and has no home in the cell.

    While an app moves, its copy runs beside its home, and only the home receives traffic.
    """
    team, name = spec.facts.team, spec.facts.name
    hosts = placement.hosts[cell, team]
    home = copy = ""
    if spec.facts.spread == "home":
        home, copy = placement.home(cell, team, name), placement.copy(cell, team, name)
        known = {host.cluster for host in hosts}
        lacks = home not in known or copy not in {"", *known}
        if lacks and not placement.stopped(cell, team, name):
            return None
    rows = clusters_of(spec.facts, orjson.loads(spec.spec), hosts, (home, copy))
    clusters = {host.cluster: host.weight for host, _ in rows}
    if copy:  # whatever the team's weights are
        clusters = {cluster: 100 * (cluster == home) for cluster in clusters}
    return spec.facts.placed(home, clusters)
