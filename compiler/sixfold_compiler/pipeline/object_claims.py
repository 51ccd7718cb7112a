"""One producer for every object of a namespace: two apps of one team must not both bring ConfigMap/settings.

The names are known when the apps are rendered; those of apps that are not, the facts file of the data center has. A
namespace counts for a whole data center, so that moving an app to another cluster makes no collision.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sixfold_compiler.diagnostics import Diagnostic, Span
from sixfold_compiler.ownership.reserved import TENANCY

if TYPE_CHECKING:
    from sixfold_compiler.manifest.prepare import Prepared
    from sixfold_compiler.model.addresses import Cell
    from sixfold_compiler.pipeline.app_state import AppSet, AppState

__all__ = ["settle_objects"]


def settle_objects(apps: AppSet) -> None:
    """Fail every rendered app that brings an object which another app of its team has, or the platform.

    Who has it in the tree keeps it; among newcomers, and among incumbents that both want something new, the first by
    name. An app that fails goes back to its old objects, which a newcomer may have been given: then that one loses.
    """
    teams: dict[str, list[AppState]] = {}
    rendered = {s.key.partition("/")[0] for s in apps.states.values() if s.prepared is not None}
    for state in apps.states.values():
        if (team := state.key.partition("/")[0]) in rendered:
            teams.setdefault(team, []).append(state)
    for states in teams.values():
        while _fail_one(apps, states):
            pass


def _fail_one(apps: AppSet, states: list[AppState]) -> bool:
    """Fail the first app of a team that has no right to an object; whether there was one."""
    owners: dict[tuple[Cell, str], AppState] = {}
    for state in sorted(states, key=lambda s: s.key):
        for cell, names in _objects(state).items():
            old = names if state.prepared is None else names & _recorded(state, cell)
            for name in old:
                owners.setdefault((cell, name), state)
    anew = ((s, s.prepared) for s in states if s.prepared is not None)
    for state, prepared in sorted(anew, key=lambda pair: (not pair[0].records, pair[0].key)):
        found = _objects(state)
        taken = {name for names in found.values() for name in names & TENANCY}
        if taken:
            apps.fail(state, *(_platforms(prepared, name) for name in sorted(taken)))
            return True
        lost: dict[tuple[str, str], list[Cell]] = {}
        for cell, names in sorted(found.items()):
            for name in sorted(names):
                owner = owners.setdefault((cell, name), state)
                if owner is not state:
                    lost.setdefault((name, owner.key), []).append(cell)
        if lost:
            apps.fail(state, *(_problem(prepared, name, apps.states[k], cells) for (name, k), cells in lost.items()))
            return True
    return False


def _objects(state: AppState) -> dict[Cell, frozenset[str]]:
    if state.prepared is not None:
        return state.objects
    return {cell: _recorded(state, cell) for cell in state.records}


def _recorded(state: AppState, cell: Cell) -> frozenset[str]:
    record = state.records.get(cell)
    return frozenset(record.objects) if record else frozenset()


def _problem(prepared: Prepared, name: str, owner: AppState, cells: list[Cell]) -> Diagnostic:
    more = f" and {len(cells) - 1} more" if len(cells) > 1 else ""
    related = (Span(owner.manifest.name, label="the other"),) if owner.manifest is not None else ()
    return Diagnostic(
        "SF452",
        f"{name} is brought by {owner.key} and by {prepared.key}, into one namespace of {cells[0]}{more}",
        _span(prepared, name),
        f"{owner.key} keeps it: rename the object of {prepared.key}; what is named after an app is made by Sixfold",
        related,
        app=prepared.key,
    )


def _platforms(prepared: Prepared, name: str) -> Diagnostic:
    return Diagnostic(
        "SF453",
        f"{name} is the platform's in every team's namespace",
        _span(prepared, name),
        "rename the object, or the app that it is named after",
        app=prepared.key,
    )


def _span(prepared: Prepared, name: str) -> Span | None:
    """Where the object was written, or the app's name where the library made it."""
    kind, _, short = name.partition("/")
    return prepared.plain.get((kind.partition(".")[0], short), prepared.span)
