"""Rendering what changed: the overlays of prepared apps, and the objects of clusters and Argo CD instances."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING, Any

import orjson

from compiler import __version__
from compiler.appinput import AppJob, CellJob, resolved_address
from compiler.appset import failure_diagnostic
from compiler.diagnostics import Diagnostic, Span
from compiler.digests import deps_digest
from compiler.engine import Failure
from compiler.overlays import AppResult, render_batch, render_entry
from compiler.ownership import settle, settle_objects
from compiler.platform import argocd_input, cluster_input, services_of, waves
from compiler.roads import resolve
from compiler.tree import target_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from compiler.appset import AppSet, AppState
    from compiler.fleet import Cell
    from compiler.previous import Previous
    from compiler.roads import Facts, Resolved
    from compiler.run import Run
    from compiler.staging import FileEntry

_BATCH = 16  # apps that share one parse of the library

__all__ = ["Rendered", "render_apps", "render_platform"]


@dataclass(slots=True)
class Rendered:
    """Platform files by unit (`env/dc/cluster` or `argocd/<instance>`) and file name, with each unit's input digest."""

    files: dict[str, dict[str, FileEntry]] = field(default_factory=dict)
    inputs: dict[str, str] = field(default_factory=dict)
    diagnostics: list[Diagnostic] = field(default_factory=list)

    def problem(self, found: Diagnostic, unit: str) -> None:
        """Keep a problem; the same one of several units is told once, with how many more have it."""
        for index, known in enumerate(self.diagnostics):
            if (known.code, known.span, known.detail) == (found.code, found.span, found.detail):
                label = f"{known.help}; also {unit}" if "; also " not in known.help else f"{known.help}, {unit}"
                self.diagnostics[index] = replace(known, help=label)
                return
        self.diagnostics.append(found)


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


def render_platform(run: Run, apps: AppSet) -> Rendered:
    """The platform's own files of every selected cluster and Argo CD instance; unchanged ones are not evaluated."""
    rendered = Rendered()
    fleet = run.workspace.fleet
    library = f"{__version__}\0{fleet.library.digest}\0".encode()
    jobs = []
    for entry, unit, told, payload in _units(run, apps):
        rendered.inputs[unit] = "sha256:" + hashlib.sha256(library + told).hexdigest()
        record, files = _previous_unit(run.previous, unit)
        known = {p: e.digest for p, e in files.items() if run.trusts(f"{unit}/{p}", e)}
        if record.get("input") == rendered.inputs[unit] and len(known) == len(files):
            rendered.files[unit] = files
        else:
            jobs.append((entry, unit, payload(), known))
    for done, (index, result) in enumerate(run.pool.run(render_entry, jobs), start=1):
        run.progress("platform", done, len(jobs))
        unit = jobs[index][1]
        if isinstance(result, Failure):
            rendered.problem(
                replace(failure_diagnostic(result, unit, Span(f"{fleet.name}/fleet.jsonnet")), app=""), unit
            )
        elif isinstance(result, Diagnostic):
            rendered.problem(result, unit)
        else:
            rendered.files[unit] = result
    return rendered


def _units(run: Run, apps: AppSet) -> Iterator[tuple[str, str, bytes, Callable[[], bytes]]]:
    """Every platform unit that this run looks at: the library's entry, its folder, and its input.

    The input comes twice: as bytes that are equal only where it is, and as what makes the whole of it. The clusters of
    a data center share thousands of services, which need no spelling out for each where nothing has changed.
    """
    fleet = run.workspace.fleet
    services = {cell: services_of(fleet, cell, apps.table.get(cell, {})) for cell, _ in fleet.cells()}
    digests = {cell: hashlib.sha256(_json(value)).digest() for cell, value in services.items()}
    tiers = {cell: _tiers(apps.table.get(cell, {})) for cell, _ in fleet.cells()}
    for target, cluster in fleet.targets():
        if run.selects(target) and cluster.state != "retired":
            make = partial(cluster_input, fleet, run.placement, target, tiers=tiers[target.cell])
            told = _json(make([])) + digests[target.cell]
            yield "cluster", str(target), told, partial(_made, make, services[target.cell])
    order = waves(fleet)
    for instance in sorted(fleet.fleet.argocd.instances):
        if run.only is None:
            names = sorted({str(order[t]) for t, c in fleet.targets() if c.instance == instance}, key=int)
            payload = _json(argocd_input(fleet, instance, names))
            yield "argocd", f"argocd/{instance}", payload, partial(bytes, payload)


def _made(make: Callable[[list[dict[str, Any]]], Any], services: list[dict[str, Any]]) -> bytes:
    return _json(make(services))


def _json(value: Any) -> bytes:
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS)


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


def merge_repeats(same: list[Diagnostic]) -> Diagnostic:
    """One problem that shows in several data centers."""
    more = f" (and in {len(same) - 1} more)" if len(same) > 1 and same[0].message != same[1].message else ""
    return replace(same[0], message=same[0].message + more)


def absent_callees(state: AppState, resolved: Resolved, table: Mapping[str, Facts], cell: Cell) -> list[Diagnostic]:
    """Direct calls of apps that do not run on every cluster of their caller."""
    problems = []
    for name, span in resolved.direct:
        missing = sorted(set(state.facts[cell]["clusters"]) - set(table[name]["clusters"]))
        if missing:
            problems.append(
                Diagnostic(
                    "SF408",
                    f"{name} does not run on {', '.join(missing)} in {cell}, where {state.key} calls it directly",
                    span,
                    f"a direct call stays in one cluster: {name} takes spread: every, or the call an intra-dc road",
                    app=state.key,
                )
            )
    return problems


def bad_references(spec: dict[str, Any], resolved: Resolved, key: str, span: Span | None) -> list[Diagnostic]:
    problems = []
    for body in (spec, *spec.get("containers", []), *spec.get("initContainers", [])):
        for entry in body.get("env", []):
            ref = entry.get("valueFrom", {}).get("callRef")
            if ref is None:
                continue
            try:
                resolved_address(ref, resolved)
            except (KeyError, StopIteration):
                problems.append(
                    Diagnostic(
                        "SF406",
                        f"env {entry['name']} refers to {ref['app']}"
                        + (f", port {ref['port']}" if "port" in ref else "")
                        + ", which spec.calls does not reach",
                        span,
                        f"add app: {ref['app']} to spec.calls, and name a port that it has",
                        app=key,
                    )
                )
    return problems


def _tiers(facts: Mapping[str, Facts]) -> dict[str, str]:
    tiers: dict[str, str] = {}
    for app in facts.values():
        tiers[app["team"]] = min(tiers.get(app["team"], "P2"), app["tier"])
    return tiers


def _previous_unit(previous: Previous, unit: str) -> tuple[dict[str, Any], dict[str, FileEntry]]:
    head, _, instance = unit.partition("/")
    record = previous.root.get("argocd", {}).get(instance, {}) if head == "argocd" else previous.clusters.get(unit, {})
    return record, {p: previous.files[f"{unit}/{p}"] for p in record.get("files", {})}
