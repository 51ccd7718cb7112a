"""All apps of a run: which are unchanged, which are prepared anew, and the facts that they learn of each other."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from sixfold_compiler.diagnostics import Diagnostic, DiagnosticError, Span
from sixfold_compiler.engine import Failure
from sixfold_compiler.engine.failures import failure_diagnostic
from sixfold_compiler.files.confined import ConfinementError, read_confined
from sixfold_compiler.inputs.releases import Version, versions_of
from sixfold_compiler.inputs.sources import MAX_FILE, unread
from sixfold_compiler.kubernetes import schemas
from sixfold_compiler.manifest.load import peek_key
from sixfold_compiler.manifest.prepare import Prepared, prepare
from sixfold_compiler.pipeline.app_state import AppSet, AppState
from sixfold_compiler.pipeline.digests import Digests, deps_digest
from sixfold_compiler.pipeline.place_apps import _place, _present, place_apps
from sixfold_compiler.pipeline.recorded import recorded_states, remove_app

if TYPE_CHECKING:
    from sixfold_compiler.inputs.sources import ManifestFile, Sources
    from sixfold_compiler.pipeline.context import Run, Workspace

__all__ = ["load_apps"]

_Job = tuple["ManifestFile", bytes, dict[str, Version]]


def load_apps(run: Run, sources: Sources) -> AppSet:
    """Every app, with final facts.

    Raises:
        DiagnosticError: SF223, a whole run finds no manifest where there were some.
    """
    states = recorded_states(run.previous)
    apps = AppSet(states, {}, {})
    if sources.whole and not sources.manifests and states:
        # A wrong folder looks exactly like this, and would empty every cluster.
        raise DiagnosticError(
            Diagnostic(
                "SF223",
                f"no manifest at all, where the tree has {len(states)} app{'s' if len(states) > 1 else ''}",
                None,
                "run it in the deploy repo's folder; to empty the tree on purpose, remove the tree's own folder",
            )
        )
    digests = Digests(run.workspace.fleet, run.placement)
    found, jobs = _read(run, sources, apps, digests)
    for (manifest, data, versions), prepared in zip(jobs, _prepare(run, jobs), strict=True):
        apps.note(prepared.diagnostics)
        if not manifest.key:
            continue
        state = states.setdefault(manifest.key, AppState(manifest.key))
        state.manifest = manifest
        state.failed = prepared.failed
        if not prepared.failed:
            state.source = digests.source(manifest, data, versions, dict(prepared.files))
            state.prepared = prepared
    # A file that cannot even be attributed might be any app's: then nothing is taken for removed.
    if sources.whole and "" not in found:
        for key in [k for k in states if k not in found and not sources.hides(k)]:
            if run.holds(key):
                states[key].failed = True
            else:
                remove_app(run, states, key)
    place_apps(run, apps)
    _follow(run, apps, sources)
    return apps


def _read(run: Run, sources: Sources, apps: AppSet, digests: Digests) -> tuple[dict[str, ManifestFile], list[_Job]]:
    """The manifest of every app that has one, and those that changed. Of two manifests of one app neither counts."""
    found: dict[str, ManifestFile] = {}
    jobs: dict[str, _Job] = {}
    twice: set[str] = set()
    for file in sources.manifests:
        try:
            data = read_confined(file.path, file.path.parent, MAX_FILE)
        except (ConfinementError, OSError) as error:
            found.setdefault(file.key, file)
            apps.note([unread(file, error)])
            continue
        manifest = file if file.key else replace(file, key=peek_key(data, file.name))
        if manifest.key and manifest.key in found:
            apps.note([_twice(manifest, found[manifest.key])])
            twice.add(manifest.key)
            continue
        found[manifest.key] = manifest
        versions = versions_of(sources, manifest)
        state = apps.states.get(manifest.key)
        if run.holds(manifest.key):
            if state is not None:
                state.manifest, state.failed = manifest, True
            continue
        if state is not None and state.records:
            state.manifest = manifest
            state.source = digests.source(manifest, data, versions, next(iter(state.records.values())).files)
            if _clean(run, state):
                continue
        jobs[manifest.key or manifest.name] = (manifest, data, versions)
    for key in twice:
        jobs.pop(key, None)
        if key in apps.states:
            apps.states[key].failed = True
    return found, list(jobs.values())


def _clean(run: Run, state: AppState) -> bool:
    if run.previous.torn:
        return False
    cells = {str(cell) for cell in state.records}
    if any(r.source != state.source or set(r.cells) != cells for r in state.records.values()):
        return False
    # A part of the tree that could not be read is made anew, so every overlay must be accounted for.
    expected = sum(len(record.facts["clusters"]) for record in state.records.values())
    if len(state.files) != expected:
        return False
    return all(run.trusts(path, entry) for path, entry in state.files.items())


def _prepare(run: Run, jobs: list[_Job]) -> list[Prepared]:
    results: dict[int, Prepared] = {}
    if jobs:
        schemas.preload()  # the workers that prepare these apps will check them as well
    for done, (index, result) in enumerate(run.pool.run(_prepare_job, jobs), start=1):
        run.progress("reading", done, len(jobs))
        manifest = jobs[index][0]
        if isinstance(result, Failure):
            problem = failure_diagnostic(result, manifest.key or manifest.name, Span(manifest.name))
            results[index] = Prepared(manifest.key, manifest.name, diagnostics=(problem,))
        else:
            results[index] = result
    return [results[index] for index in range(len(jobs))]


def _prepare_job(workspace: Workspace, job: _Job) -> Prepared:
    return prepare(workspace.fleet, *job)


def _follow(run: Run, apps: AppSet, sources: Sources) -> None:
    """Prepare the unchanged apps whose callees changed."""
    affected = [
        s
        for s in apps.states.values()
        if s.prepared is None
        and not s.failed
        and s.manifest is not None
        and any(r.deps != deps_digest(s.facts, apps.table) for r in list(s.records.values())[:1])
    ]
    jobs: list[_Job] = []
    for state in list(affected):
        assert state.manifest is not None  # noqa: S101 - filtered above
        try:
            data = read_confined(state.manifest.path, state.manifest.path.parent, MAX_FILE)
        except (ConfinementError, OSError) as error:  # it went while we ran
            affected.remove(state)
            apps.fail(state, unread(state.manifest, error).of(state.key))
        else:
            jobs.append((state.manifest, data, versions_of(sources, state.manifest)))
    for prepared, state in zip(_prepare(run, jobs), affected, strict=True):
        prepared = _present(run, prepared)  # noqa: PLW2901 - the same without what is evacuated
        problem = None if prepared.failed else _place(state, prepared, run.placement)
        if prepared.failed or problem:
            apps.fail(state, *prepared.diagnostics, *((problem,) if problem else ()))
        else:
            state.prepared = prepared


def _twice(manifest: ManifestFile, other: ManifestFile) -> Diagnostic:
    return Diagnostic(
        "SF220",
        f"the app {manifest.key or other.key} has two manifests",
        Span(manifest.name, 1, 1),
        "keep one",
        (Span(other.name, 1, 1, "the other"),),
        app=manifest.key or other.key,
    )
