"""Find the apps whose values break the files of a cluster that teams share, so that these apps fail alone."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from sixfold_compiler.diagnostics import Diagnostic
from sixfold_compiler.pipeline.app_state import PreparedApp
from sixfold_compiler.pipeline.render.overlays import try_unit
from sixfold_compiler.pipeline.render.platform import cluster_job, unit_problems

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from sixfold_compiler.model.addresses import AppKey, Cell, Target
    from sixfold_compiler.pipeline.app_state import Apps
    from sixfold_compiler.pipeline.context import CompileContext

__all__ = ["blame", "culprits"]

_Item = TypeVar("_Item")
_Problems = TypeVar("_Problems")


def blame(context: CompileContext, apps: Apps, broken: Sequence[Target]) -> dict[AppKey, tuple[Diagnostic, ...]]:
    """Return the changed apps without whose changes the broken clusters are valid, each with its problems.

    Only apps that change in this compile can be to blame, because the previous tree was checked as well. The result is
    empty if the fleet or the library is at fault: the files are then invalid without these apps too.
    """
    blamed: dict[AppKey, tuple[Diagnostic, ...]] = {}
    first: dict[Cell, Target] = {}
    for target in broken:
        first.setdefault(target.cell, target)
    for target in first.values():
        changed = [app for app in apps.states.values() if isinstance(app, PreparedApp) and app.key not in blamed]
        candidates = sorted((app for app in changed if _differs(app, target.cell)), key=lambda app: _size(app, target))
        trial = _Trial(context, apps, target, frozenset(blamed))
        if trial.problems(()):
            continue
        for culprit, problems in culprits(candidates, trial.problems):
            blamed[culprit.key] = tuple(_of(culprit, target, problem) for problem in problems)
    return blamed


class _Trial:
    """Renders one cluster with the changes of some apps, and with the previous facts of all others that change."""

    def __init__(self, context: CompileContext, apps: Apps, target: Target, without: frozenset[AppKey]) -> None:
        self._context, self._target = context, target
        cell = target.cell
        self._facts = dict(apps.facts_in(cell))
        for app in apps.states.values():
            if isinstance(app, PreparedApp) and (app.key in without or _differs(app, cell)):
                self._facts.pop(app.key.name, None)
        for app in apps.states.values():
            if isinstance(app, PreparedApp) and cell in app.tree.facts:
                self._facts.setdefault(app.key.name, app.tree.facts[cell])

    def problems(self, changed: Sequence[PreparedApp]) -> tuple[Diagnostic, ...]:
        """Return the problems of the cluster's files with the changes of these apps."""
        cell = self._target.cell
        facts = dict(self._facts)
        for app in changed:
            facts.pop(app.key.name, None)
            if cell in app.facts:
                facts[app.key.name] = app.facts[cell]
        job = cluster_job(self._context, self._target, facts)
        ((_, result),) = self._context.pool.run(try_unit, [job])
        return unit_problems(self._context, job.unit, result)


def culprits(
    items: Sequence[_Item], problems_of: Callable[[Sequence[_Item]], _Problems]
) -> Iterator[tuple[_Item, _Problems]]:
    """Add items in order, and yield each with which there are problems, with these; it is left out.

    Without any of the items there must be no problem. The steps grow while there is none, and are halved when there is
    one, so that one culprit among many is found in few trials, and so are many culprits in a row.
    """
    added: list[_Item] = []
    left = list(items)
    while left:
        valid, step = 0, 1
        while not (problems := problems_of([*added, *left[: valid + step]])):
            valid += step
            if valid >= len(left):
                return
            step = min(2 * step, len(left) - valid)
        invalid = valid + step
        while invalid - valid > 1:
            middle = (valid + invalid) // 2
            if earlier := problems_of([*added, *left[:middle]]):
                invalid, problems = middle, earlier
            else:
                valid = middle
        yield left[valid], problems
        added, left = [*added, *left[:valid]], left[invalid:]


def _differs(app: PreparedApp, cell: Cell) -> bool:
    return app.facts.get(cell) != app.tree.facts.get(cell)


def _size(app: PreparedApp, target: Target) -> tuple[int, AppKey]:
    """Return how many ports an app adds to a cell: who adds most comes last, and is the first to fail."""
    new, old = app.facts.get(target.cell), app.tree.facts.get(target.cell)
    return (len(new.ports) if new else 0) - (len(old.ports) if old else 0), app.key


def _of(app: PreparedApp, target: Target, problem: Diagnostic) -> Diagnostic:
    message = problem.message.removeprefix(f"{target}/")
    text = f"{app.key} would break the files that all teams share on {target}: {message}"
    hint = "correct what the message names in this app, which keeps its overlays; the other apps are compiled"
    return Diagnostic(problem.code, text, app.prepared.span, hint, app=str(app.key), detail=problem.detail)
