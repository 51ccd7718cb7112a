"""Conflicts over objects: two apps of one team must not both render, for example, ConfigMap/settings.

Objects of rendered apps are known; objects of other apps come from the records of the cell. An object counts in the
whole cell, so that moving an app to another cluster never causes a conflict.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sixfold_compiler.diagnostics import Diagnostic, Span, listed
from sixfold_compiler.ownership.reserved import TENANCY
from sixfold_compiler.pipeline.app_state import PreparedApp, RenderedApp

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from sixfold_compiler.manifest.prepare import Prepared
    from sixfold_compiler.model.addresses import AppKey, Cell
    from sixfold_compiler.pipeline.app_state import AppState

__all__ = ["lost_objects"]

Objects = dict["Cell", frozenset[str]]  # identities (`sixfold_compiler.kubernetes.identity`)


def lost_objects(apps: Mapping[AppKey, AppState]) -> dict[AppKey, tuple[Diagnostic, ...]]:
    """Return the changed apps that render an object of the platform or of another app of the team, with diagnostics.

    The app that has an object in the tree keeps it (SF452); objects of the platform cannot be taken (SF453). Changed
    apps are settled in order: apps with a record in the tree first, then new ones, each group by key. A loser takes its
    previous objects back, which may make a new app lose. Each round finds one loser and starts again without it, so the
    procedure ends after at most as many rounds as the team has changed apps. Called again with the losers marked as
    failed, it returns nothing.
    """
    teams: dict[str, list[AppState]] = {}
    changed = {key.team for key, app in apps.items() if isinstance(app, PreparedApp)}
    for key, app in apps.items():
        if key.team in changed:
            teams.setdefault(key.team, []).append(app)
    lost: dict[AppKey, tuple[Diagnostic, ...]] = {}
    for states in teams.values():
        ordered = sorted(states, key=lambda app: app.key)
        while loser := _first_loser(ordered, lost.keys()):
            lost.update([loser])
    return lost


def _first_loser(states: Iterable[AppState], lost: Iterable[AppKey]) -> tuple[AppKey, tuple[Diagnostic, ...]] | None:
    """Return the first changed app that renders an object of another owner, with the diagnostics; else None."""
    failed = set(lost)
    objects = {app.key: _objects(app, failed=app.key in failed) for app in states}
    owners: dict[tuple[Cell, str], AppState] = {}
    for app in states:
        changed = isinstance(app, PreparedApp) and app.key not in failed
        for cell, names in objects[app.key].items():
            for name in names & _recorded(app, cell) if changed else names:
                owners.setdefault((cell, name), app)
    changed_apps = (app for app in states if isinstance(app, PreparedApp) and app.key not in failed)
    for app in sorted(changed_apps, key=lambda app: (not app.tree.records, app.key)):
        reserved = {name for names in objects[app.key].values() for name in names & TENANCY}
        if reserved:
            return app.key, tuple(_reserved(app.prepared, app.key, name) for name in sorted(reserved))
        taken: dict[tuple[str, AppKey], list[Cell]] = {}
        for cell, names in sorted(objects[app.key].items()):
            for name in sorted(names):
                owner = owners.setdefault((cell, name), app)
                if owner is not app:
                    taken.setdefault((name, owner.key), []).append(cell)
        if taken:
            by_key = {other.key: other for other in states}
            return app.key, tuple(_taken(app, name, by_key[key], cells) for (name, key), cells in taken.items())
    return None


def _objects(app: AppState, *, failed: bool) -> Objects:
    """Return the identities of an app's objects by cell, rendered or as recorded; a prepared app has none."""
    if isinstance(app, PreparedApp) and not failed:
        return dict(app.objects) if isinstance(app, RenderedApp) else {}
    return {cell: _recorded(app, cell) for cell in app.tree.records}


def _recorded(app: AppState, cell: Cell) -> frozenset[str]:
    record = app.tree.records.get(cell)
    return frozenset(record.objects) if record is not None else frozenset()


def _taken(app: PreparedApp, name: str, owner: AppState, cells: list[Cell]) -> Diagnostic:
    where = listed([str(cell) for cell in cells], most=1)
    related = (Span(owner.manifest.name, label="the other"),) if owner.manifest is not None else ()
    return Diagnostic(
        "SF452",
        f"{owner.key} and {app.key} both have the object {name} in the same namespace of {where}",
        _span(app.prepared, name),
        f"rename the object of {app.key}: {owner.key} keeps it. Sixfold creates the objects with an app's name",
        related,
        app=str(app.key),
    )


def _reserved(prepared: Prepared, key: AppKey, name: str) -> Diagnostic:
    return Diagnostic(
        "SF453",
        f"{name} belongs to the platform in the namespace of every team",
        _span(prepared, name),
        "rename the object, or the app if the object has its name",
        app=str(key),
    )


def _span(prepared: Prepared, name: str) -> Span | None:
    """Return the place of an object: its document in the manifest, or the app's name if the library rendered it."""
    kind, _, short = name.partition("/")
    return prepared.plain.get((kind.partition(".")[0], short), prepared.span)
