"""The step that gives every app its clusters, its home and its names."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import orjson

from sixfold_compiler.diagnostics import Diagnostic, listed
from sixfold_compiler.pipeline.name_claims import settle
from sixfold_compiler.pipeline.render.app_input import clusters_of

if TYPE_CHECKING:
    from sixfold_compiler.manifest.prepare import Prepared
    from sixfold_compiler.pipeline.app_state import AppSet, AppState
    from sixfold_compiler.pipeline.context import Run
    from sixfold_compiler.placement import Placement

__all__ = ["place_apps"]


def place_apps(run: Run, apps: AppSet) -> None:
    """Final facts: home and clusters of every app, and one owner for every name."""
    for state in sorted(apps.states.values(), key=lambda s: s.key):
        if state.prepared is None:
            state.facts = {cell: record.facts for cell, record in state.records.items()}
            continue
        state.prepared = _present(run, state.prepared)
        if problem := _place(state, state.prepared, run.placement):
            apps.fail(state, problem)
    if any(state.prepared is not None for state in apps.states.values()):
        settle(run.workspace.fleet, run.placement, apps)
    apps.table.clear()
    for state in apps.states.values():
        for cell, facts in state.facts.items():
            apps.table.setdefault(cell, {})[facts["name"]] = facts


def _present(run: Run, prepared: Prepared) -> Prepared:
    """The app without the data centers that take nobody, and that its team has left."""
    team = prepared.key.partition("/")[0]
    gone = [
        cell
        for cell in prepared.cells
        if not run.placement.hosts.get((cell, team)) and run.workspace.fleet.takes_nobody(cell)
    ]
    return replace(prepared, cells={c: s for c, s in prepared.cells.items() if c not in gone}) if gone else prepared


def _place(state: AppState, prepared: Prepared, placement: Placement) -> Diagnostic | None:
    team, _, name = state.key.partition("/")
    nowhere = [str(cell) for cell in prepared.cells if not placement.hosts.get((cell, team))]
    if nowhere:
        return Diagnostic(
            "SF410",
            f"{state.key} has nowhere to run in {listed(nowhere)}: the lock does not place team {team} there",
            prepared.span,
            "run `sixfold place` in the deploy repo, or let spec.dataCenters leave these out",
            app=state.key,
        )
    homeless = []
    for cell, cell_spec in prepared.cells.items():
        hosts = placement.hosts[cell, team]
        home = placement.home(cell, team, name) if cell_spec.facts["spread"] == "home" else ""
        copy = placement.copy(cell, team, name) if cell_spec.facts["spread"] == "home" else ""
        there = {h.cluster for h in hosts}
        lacks = home not in there or copy not in {"", *there}
        if cell_spec.facts["spread"] == "home" and lacks and not placement.stopped(cell, team, name):
            homeless.append(str(cell))
            continue
        rows = clusters_of(cell_spec.facts, orjson.loads(cell_spec.spec), hosts, (home, copy))
        clusters = {h.cluster: h.weight for h, _ in rows}
        if copy:  # whatever the team's weights are, only the home of an app that moves gets its traffic
            clusters = {cluster: 100 * (cluster == home) for cluster in clusters}
        state.facts[cell] = {**cell_spec.facts, "home": home, "clusters": clusters}
    if not homeless:
        return None
    where = f"the clusters of team {team} in {listed(homeless)}"
    text = f"{state.key} runs once, and the lock gives it no home among {where}"
    hint = "run `sixfold place` in the deploy repo, which chooses one and keeps it"
    return Diagnostic("SF426", text, prepared.span, hint, app=state.key)
