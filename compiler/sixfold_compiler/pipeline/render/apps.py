"""Rendering what changed: the overlays of prepared apps, and the objects of clusters and Argo CD instances."""

from __future__ import annotations

from typing import TYPE_CHECKING

import orjson

from sixfold_compiler.engine import Failure
from sixfold_compiler.engine.failures import failure_diagnostic
from sixfold_compiler.pipeline.digests import deps_digest
from sixfold_compiler.pipeline.name_claims import settle
from sixfold_compiler.pipeline.object_claims import settle_objects
from sixfold_compiler.pipeline.render.app_input import AppJob, CellJob
from sixfold_compiler.pipeline.render.calls import absent_callees, bad_references, merge_repeats
from sixfold_compiler.pipeline.render.overlays import AppResult, render_batch
from sixfold_compiler.roads.resolve import resolve
from sixfold_compiler.tree.layout import target_of

if TYPE_CHECKING:
    from sixfold_compiler.diagnostics import Diagnostic, Span
    from sixfold_compiler.pipeline.app_state import AppSet, AppState
    from sixfold_compiler.pipeline.context import Run

_BATCH = 16  # apps that share one parse of the library

__all__ = ["render_apps"]


def render_apps(run: Run, apps: AppSet) -> int:
    """Render every prepared app; each one's files are in its state afterwards. The number of apps evaluated.

    An app that fails goes back to the facts that the tree has of it. Whoever was rendered with the others, or found
    wanting by them, is looked at again, until all that stands is what all were rendered with.
    """
    evaluated: set[str] = set()
    blocked: dict[str, list[Diagnostic]] = {}
    todo = _outdated(apps)
    while todo:
        jobs: list[AppJob] = []
        for state in todo:
            state.deps = deps_digest(state.facts, apps.table)
            job, problems = _job(run, apps, state)
            blocked.pop(state.key, None)
            if problems:
                blocked[state.key] = problems
            else:
                jobs.append(job)
        evaluated.update(job.key for job in jobs)
        failed = _failed(apps)
        _render(run, apps, jobs)
        if not _outdated(apps):
            for key, problems in blocked.items():
                apps.fail(apps.states[key], *problems)
            blocked.clear()
        _settle(run, apps, failed)
        todo = _outdated(apps)
    return len(evaluated)


def _settle(run: Run, apps: AppSet, failed: int) -> None:
    """Settle the names of objects; and, where an app has failed, all names: it takes its old ones again."""
    settle_objects(apps)
    while (now := _failed(apps)) != failed:
        failed = now
        settle(run.workspace.fleet, run.placement, apps)
        settle_objects(apps)


def _failed(apps: AppSet) -> int:
    return sum(state.failed for state in apps.states.values())


def _outdated(apps: AppSet) -> list[AppState]:
    """The prepared apps whose callees are not as they were rendered with; at first, all that are prepared."""
    prepared = [s for s in apps.states.values() if s.prepared is not None]
    return sorted((s for s in prepared if s.deps != deps_digest(s.facts, apps.table)), key=lambda s: s.key)


def _render(run: Run, apps: AppSet, jobs: list[AppJob]) -> None:
    waiting = {job.key for job in jobs}

    def render(batches: list[list[AppJob]]) -> list[AppJob]:
        alone: list[AppJob] = []
        for index, result in run.pool.run(render_batch, batches):
            if isinstance(result, Failure) and len(batches[index]) > 1:
                alone += batches[index]  # one of them killed the worker; alone, each shows whether it was that one
                continue
            for app in result if isinstance(result, list) else [_dead(batches[index][0], result)]:
                waiting.discard(app.key)
                _accept(run, apps, apps.states[app.key], app)
                run.progress("compiling", len(jobs) - len(waiting), len(jobs))
        return alone

    render([[job] for job in render(_batches(jobs, run.pool.size))])


def _batches(jobs: list[AppJob], workers: int) -> list[list[AppJob]]:
    size = max(1, min(_BATCH, len(jobs) // (workers * 4)))
    return [jobs[i : i + size] for i in range(0, len(jobs), size)]


def _dead(job: AppJob, failure: Failure) -> AppResult:
    return AppResult(job.key, diagnostics=(failure_diagnostic(failure, job.key, job.span),))


def _accept(run: Run, apps: AppSet, state: AppState, app: AppResult) -> None:
    if any(d.severity == "error" for d in app.diagnostics):
        apps.fail(state, *app.diagnostics)
        return
    apps.note(app.diagnostics)
    kept = {p: e for p, e in state.before.items() if not run.selects(target_of(p))}
    state.files = kept | app.files
    state.objects = app.objects


def _job(run: Run, apps: AppSet, state: AppState) -> tuple[AppJob, list[Diagnostic]]:
    prepared = state.prepared
    assert prepared is not None  # noqa: S101 - the caller's condition
    problems: dict[tuple[str, Span | None, str], list[Diagnostic]] = {}
    cells = []
    for cell, cell_spec in sorted(prepared.cells.items()):
        facts = state.facts[cell]
        spec = orjson.loads(cell_spec.spec)
        resolved, found = resolve(
            run.workspace.fleet,
            facts,
            spec.get("calls", []),
            cell,
            lambda where: apps.table.get(where, {}),
            cell_spec.call_spans,
        )
        found += absent_callees(state, resolved, apps.table.get(cell, {}), cell)
        for problem in found or bad_references(spec, resolved, state.key, prepared.span):
            told = (problem.code, problem.span, problem.message.replace(str(cell), "{cell}"))
            problems.setdefault(told, []).append(problem)
        cells.append(
            CellJob(cell, cell_spec.spec, cell_spec.objects, facts, run.placement.hosts[cell, facts["team"]], resolved)
        )
    old = {path: run.previous.files[path] for path in state.before}
    known = {path: entry.digest for path, entry in old.items() if run.trusts(path, entry)}
    job = AppJob(state.key, prepared.metadata, tuple(cells), known, run.only, prepared.span, prepared.plain)
    return job, [merge_repeats(same) for same in problems.values()]
