"""Apps that run once, and whose home the lock does not keep."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sixfold_compiler.diagnostics import Diagnostic, Span

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from sixfold_compiler.pipeline.app_state import AppState
    from sixfold_compiler.placement import Placement

__all__ = ["unkept_homes"]


def unkept_homes(states: Iterable[AppState], placement: Placement) -> Iterator[Diagnostic]:
    """A warning for each app of a team on one cluster whose home is not written down (elsewhere it is SF426).

    The app runs, since there is only one place for it. But `sixfold place` would write the home down, and says that the
    lock is not current.
    """
    for state in states:
        if state.failed or state.manifest is None:
            continue
        team = state.key.partition("/")[0]
        placed = [cell for cell in state.facts if (cell, team) in placement.hosts]
        once = [cell for cell in placed if state.facts[cell]["spread"] == "home"]
        cells = [str(cell) for cell in once if (cell, state.key) not in placement.homes]
        if cells:
            more = f" (and in {len(cells) - 1} more)" if len(cells) > 1 else ""
            text = f"{state.key} runs once, and the lock does not keep its home in {min(cells)}{more}"
            hint = "run `sixfold place` in the deploy repo, which writes it down, and commit the lock"
            yield Diagnostic("SF428", text, Span(state.manifest.name), hint, severity="warning", app=state.key)
