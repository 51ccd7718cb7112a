"""Findings about the placement lock: apps that run once and have no home in it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sixfold_compiler.diagnostics import Diagnostic, Span, listed
from sixfold_compiler.pipeline.app_state import FailedApp

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from sixfold_compiler.pipeline.app_state import AppState
    from sixfold_compiler.placement import Placement

__all__ = ["unkept_homes"]


def unkept_homes(states: Iterable[AppState], placement: Placement) -> Iterator[Diagnostic]:
    """Warn about each app that runs once and has no home in the lock, although its team has a single cluster (SF428).

    The app still runs, because only one cluster is possible. But `sixfold place` would record the home, and `sixfold
    place --check` reports that the lock is out of date. With several clusters, a missing home is an error (SF426).
    """
    for app in states:
        if isinstance(app, FailedApp) or app.manifest is None:
            continue
        placed = [cell for cell in app.facts if (cell, app.key.team) in placement.hosts]
        once = [cell for cell in placed if app.facts[cell].spread == "home"]
        cells = sorted(str(cell) for cell in once if (cell, str(app.key)) not in placement.homes)
        if cells:
            text = f"{app.key} runs once, but the lock has no home for it in {listed(cells, most=1)}"
            hint = "run `sixfold place` in the deploy repository, and commit the lock"
            yield Diagnostic("SF428", text, Span(app.manifest.name), hint, severity="warning", app=str(app.key))
