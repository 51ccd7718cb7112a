"""Render apps: evaluate every prepared app, and fail the apps that claim names or objects of others."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import orjson

from sixfold_compiler.engine import Failure
from sixfold_compiler.engine.failures import failure_diagnostic
from sixfold_compiler.pipeline.app_state import PreparedApp, RenderedApp
from sixfold_compiler.pipeline.digests import deps_digest
from sixfold_compiler.pipeline.load_balancers import surplus_load_balancers
from sixfold_compiler.pipeline.name_claims import lost_names
from sixfold_compiler.pipeline.object_claims import lost_objects
from sixfold_compiler.pipeline.render.app_input import AppJob, CellJob
from sixfold_compiler.pipeline.render.calls import absent_callees, bad_references, merge_repeats
from sixfold_compiler.pipeline.render.overlays import AppResult, render_batch
from sixfold_compiler.roads.resolve import Caller, resolve
from sixfold_compiler.tree.layout import target_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from sixfold_compiler.diagnostics import Diagnostic, Span
    from sixfold_compiler.model.addresses import AppKey, Target
    from sixfold_compiler.pipeline.app_state import Apps
    from sixfold_compiler.pipeline.context import CompileContext

_BATCH = 16  # apps that share one parse of the library
_FEW = 4

__all__ = ["render_apps", "render_without"]


@dataclass(frozen=True, slots=True)
class _Blocked:
    """A prepared app with unresolvable calls. It fails unless the facts of its callees (digest `deps`) change."""

    deps: str
    problems: tuple[Diagnostic, ...]


def render_apps(context: CompileContext, apps: Apps) -> tuple[Apps, int]:
    """Render every prepared app. Return all apps, each rendered, failed or unchanged, and the number of evaluated apps.

    A failed app takes its previous facts, names and objects back. That can invalidate the inputs of rendered apps, or
    take names and objects away from them, so the steps repeat until nothing changes. They end because an app is
    rendered again only after another app has failed, and a failed app stays failed.
    """
    evaluated: set[AppKey] = set()
    blocked: dict[AppKey, _Blocked] = {}
    outdated = _outdated(apps, blocked)
    while outdated or blocked:
        jobs: list[AppJob] = []
        deps: dict[AppKey, str] = {}
        for app in outdated:
            deps[app.key] = deps_digest(app.facts, apps.facts, apps.names)
            job, problems = _job(context, apps, app)
            blocked.pop(app.key, None)
            if problems:
                blocked[app.key] = _Blocked(deps[app.key], tuple(problems))
            else:
                jobs.append(job)
        evaluated.update(job.key for job in jobs)
        failed = apps.failed
        prepared = {app.key: app for app in outdated}
        apps = _accept(context, apps, prepared, deps, _render(context, jobs))
        if not _outdated(apps, blocked):
            apps = apps.failing({key: block.problems for key, block in blocked.items()})
            blocked = {}
        apps = _settle(context, apps, failed)
        outdated = _outdated(apps, blocked)
    return apps, len(evaluated)


def render_without(
    context: CompileContext, apps: Apps, problems: Mapping[AppKey, Iterable[Diagnostic]]
) -> tuple[Apps, int]:
    """Fail these apps, and render again what depends on them; return the same as `render_apps`."""
    return render_apps(context, _settle(context, apps.failing(problems), apps.failed))


def _settle(context: CompileContext, apps: Apps, failed: frozenset[AppKey]) -> Apps:
    """Fail the apps that lose an object and, if apps other than `failed` have failed, the apps that lose a name.

    A failed app takes its previous names and objects back. Each round except the last fails another app, so this ends.
    """
    apps = apps.failing(lost_objects(apps.states))
    while apps.failed != failed:
        failed = apps.failed
        apps = apps.failing(lost_names(context.fleet, context.placement, apps.states))
        apps = apps.failing(surplus_load_balancers(context.fleet, apps.states))
        apps = apps.failing(lost_objects(apps.states))
    return apps


def _outdated(apps: Apps, blocked: Mapping[AppKey, _Blocked]) -> list[PreparedApp]:
    """Return the apps to render, by key: those not yet rendered, and those whose callees' facts have changed since."""
    outdated = []
    for app in apps.states.values():
        if isinstance(app, PreparedApp):
            block = blocked.get(app.key)
            deps = block.deps if block else app.deps if isinstance(app, RenderedApp) else ""
            if deps != deps_digest(app.facts, apps.facts, apps.names):
                outdated.append(app)
    return sorted(outdated, key=lambda app: app.key)


def _render(context: CompileContext, jobs: list[AppJob]) -> Iterator[AppResult]:
    """Evaluate apps in batches in worker processes, and yield one result for each app.

    If a batch kills its worker, its apps are evaluated again one by one, so that only the app at fault fails.
    """
    done = 0
    alone: list[list[AppJob]] = []
    for batches in (_batches(jobs, context.pool.size), alone):
        for index, result in context.pool.run(render_batch, batches):
            if isinstance(result, Failure) and len(batches[index]) > 1:
                alone += ([job] for job in batches[index])
                continue
            for app in result if isinstance(result, list) else [_dead(batches[index][0], result)]:
                done += 1
                context.progress("compiling", done, len(jobs))
                yield app


def _batches(jobs: list[AppJob], workers: int) -> list[list[AppJob]]:
    few = min(_FEW, -(-len(jobs) // workers))  # dividing them further costs more than a worker that waits at the end
    size = max(1, few, min(_BATCH, len(jobs) // (workers * 4)))
    return [jobs[i : i + size] for i in range(0, len(jobs), size)]


def _dead(job: AppJob, failure: Failure) -> AppResult:
    return AppResult(job.key, diagnostics=(failure_diagnostic(failure, str(job.key), job.span),))


def _accept(
    context: CompileContext,
    apps: Apps,
    prepared: Mapping[AppKey, PreparedApp],
    deps: Mapping[AppKey, str],
    results: Iterable[AppResult],
) -> Apps:
    """Return all apps with the rendered ones of `prepared` updated. An app whose result has errors has failed."""
    rendered: list[RenderedApp] = []
    problems: list[Diagnostic] = []
    failed: dict[AppKey, Sequence[Diagnostic]] = {}
    for result in results:
        if any(d.severity == "error" for d in result.diagnostics):
            failed[result.key] = result.diagnostics
            continue
        app = prepared[result.key]
        problems += result.diagnostics
        untouched = {path: entry for path, entry in app.tree.files.items() if _stays(context, app, target_of(path))}
        objects = {cell: frozenset(app.tree.records[cell].objects) for cell in app.kept}
        rendered.append(
            RenderedApp.of(app, deps[app.key], {**untouched, **result.files}, {**objects, **result.objects})
        )
    return apps.updated(rendered, problems).failing(failed)


def _stays(context: CompileContext, app: PreparedApp, target: Target) -> bool:
    """Return whether an app keeps its overlay on a cluster."""
    return not context.selects(target) or target.cell in app.kept


def _job(context: CompileContext, apps: Apps, app: PreparedApp) -> tuple[AppJob, list[Diagnostic]]:
    """Return the job that renders an app, and the problems of its calls, merged over all cells."""
    problems: dict[tuple[str, Span | None, str], list[Diagnostic]] = {}
    cells = []
    for cell, cell_spec in sorted(app.prepared.cells.items()):
        facts = app.facts[cell]
        spec = orjson.loads(cell_spec.spec)
        calls = spec.get("calls", ())
        caller = Caller(facts, cell, apps.facts_in, apps.names)
        resolved, rejected = resolve(context.fleet, caller, calls, cell_spec.call_spans)
        rejected += absent_callees(facts, resolved, apps.facts_in(cell), cell)
        for problem in rejected or bad_references(spec, resolved, str(app.key), app.prepared.span):
            same = (problem.code, problem.span, problem.message.replace(str(cell), "{cell}"))
            problems.setdefault(same, []).append(problem)
        hosts = context.placement.hosts[cell, facts.team]
        cells.append(CellJob(cell, cell_spec.spec, cell_spec.objects, facts, hosts, resolved))
    old = {path: context.previous.files[path] for path in app.tree.files}
    known = {path: entry.digest for path, entry in old.items() if context.trusts(path, entry)}
    prepared = app.prepared
    job = AppJob(
        app.key,
        prepared.labels,
        prepared.annotations,
        tuple(cells),
        known,
        context.only,
        prepared.span,
        prepared.plain,
    )
    return job, [merge_repeats(same) for same in problems.values()]
