"""Apps as the previous tree records them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sixfold_compiler.model.addresses import Cell
from sixfold_compiler.pipeline.app_state import AppState
from sixfold_compiler.tree.layout import target_of

if TYPE_CHECKING:
    from sixfold_compiler.pipeline.context import Run
    from sixfold_compiler.tree.reader import Previous

__all__ = ["recorded_states", "remove_app"]


def recorded_states(previous: Previous) -> dict[str, AppState]:
    """Return the apps of the previous tree by key."""
    states: dict[str, AppState] = {}
    for key, facts in previous.facts.items():
        cell = Cell(*key.split("/"))
        for app, record in facts.apps.items():
            states.setdefault(app, AppState(app)).records[cell] = record
    for key, cluster in previous.clusters.items():
        for namespace, row in cluster.namespaces.items():
            for app in row.apps:
                owner = f"{row.team}/{app}"
                path = f"{key}/{namespace}/{app}.yaml"
                states.setdefault(owner, AppState(owner)).before[path] = previous.files[path]
    for state in states.values():
        state.files = state.before
    return states


def remove_app(run: Run, states: dict[str, AppState], key: str) -> None:
    """Forget an app that has no manifest any more, where this run may change the tree."""
    state = states[key]
    state.files = {p: e for p, e in state.files.items() if not run.selects(target_of(p))}
    state.records = {
        cell: record
        for cell, record in state.records.items()
        if any(target_of(path).cell == cell for path in state.files)
    }
    if not state.files:
        del states[key]
