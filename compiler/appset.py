"""All apps of a run: which are unchanged, which are prepared anew, and the facts that they learn of each other."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import orjson

from compiler import __version__, schemas
from compiler.appinput import clusters_of
from compiler.apps import Prepared, load_app, prepare
from compiler.diagnostics import Diagnostic, DiagnosticError, Span, listed
from compiler.digests import Digests, deps_digest
from compiler.engine import ConfinementError, Failure, read_confined
from compiler.fleet import Cell
from compiler.merging import Version
from compiler.ownership import settle
from compiler.sources import MAX_FILE, unread
from compiler.staging import unwritable
from compiler.tree import target_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from compiler.overlays import Workspace
    from compiler.placement import Placement
    from compiler.previous import Previous
    from compiler.roads import Facts
    from compiler.run import Run
    from compiler.sources import ManifestFile, Sources
    from compiler.staging import FileEntry

__all__ = ["AppSet", "AppState", "failure_diagnostic", "load_apps"]

_Job = tuple["ManifestFile", bytes, dict[str, Version]]
Record = dict[str, Any]  # an app's entry in facts.json: source, deps, files, facts


@dataclass(slots=True)
class AppState:
    """An app in this run.

    `records` and `before` are what the tree has of it, `files` what it will have; `prepared` is set when it must be
    rendered. An app without a manifest was not selected, and stays as it is.
    """

    key: str
    manifest: ManifestFile | None = None
    source: str = ""
    records: dict[Cell, Record] = field(default_factory=dict)
    files: dict[str, FileEntry] = field(default_factory=dict)
    before: dict[str, FileEntry] = field(default_factory=dict)
    prepared: Prepared | None = None
    facts: dict[Cell, Facts] = field(default_factory=dict)
    objects: dict[Cell, frozenset[str]] = field(default_factory=dict)  # what it was rendered to, by name
    failed: bool = False
    deps: str = ""  # digest of what it was last rendered with of those it calls


@dataclass(slots=True)
class AppSet:
    """Every app by key, the facts by cell and app name, and the problems found so far (a set that keeps its order)."""

    states: dict[str, AppState]
    table: dict[Cell, dict[str, Facts]]
    diagnostics: dict[Diagnostic, None]

    def note(self, problems: Iterable[Diagnostic]) -> None:
        """Add problems; one that is there already is not told twice."""
        self.diagnostics.update(dict.fromkeys(problems))

    def fail(self, state: AppState, *problems: Diagnostic) -> None:
        """Leave an app as the tree has it."""
        self.note(problems)
        state.failed, state.prepared, state.files, state.objects = True, None, state.before, {}
        for cell in list(state.facts):
            name = state.key.partition("/")[2]
            if self.table.get(cell, {}).get(name) is state.facts[cell]:
                del self.table[cell][name]
        state.facts = {cell: record["facts"] for cell, record in state.records.items()}
        for cell, facts in state.facts.items():
            self.table.setdefault(cell, {}).setdefault(facts["name"], facts)


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
            state.source = digests.source(manifest, data, versions, next(iter(state.records.values()))["files"])
            if _clean(run, state):
                continue
        jobs[manifest.key or manifest.name] = (manifest, data, versions)
    for key in twice:
        jobs.pop(key, None)
        if key in apps.states:
            apps.states[key].failed = True
    return found, list(jobs.values())


def failure_diagnostic(failure: Failure, key: str, span: Span | None) -> Diagnostic:
    """What a dead worker means for the app whose job it was."""
    if failure.reason == "write":
        return unwritable(failure.detail)
    code, help_text = {
        "time": ("SF501", "look for endless recursion or very large values in the manifest"),
        "memory": ("SF502", "look for very large values in the manifest"),
        "crash": ("SF503", "the input breaks the engine; make it smaller, and tell us"),
    }.get(failure.reason, ("SF901", f"this is a defect of Sixfold {__version__}; please report it with the manifest"))
    first = failure.detail.splitlines()[0] if failure.detail else failure.reason
    return Diagnostic(code, f"{key} could not be compiled: {first}", span, help_text, app=key, detail=failure.detail)


def recorded_states(previous: Previous) -> dict[str, AppState]:
    states: dict[str, AppState] = {}
    for key, facts in previous.facts.items():
        cell = Cell(*key.split("/"))
        for app, record in facts.get("apps", {}).items():
            states.setdefault(app, AppState(app)).records[cell] = record
    for key, cluster in previous.clusters.items():
        for namespace, value in cluster.get("namespaces", {}).items():
            for app in value.get("apps", {}):
                owner = f"{value['team']}/{app}"
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


def _clean(run: Run, state: AppState) -> bool:
    if run.previous.torn:
        return False
    cells = {str(cell) for cell in state.records}
    if any(r["source"] != state.source or set(r["cells"]) != cells for r in state.records.values()):
        return False
    # A part of the tree that could not be read is made anew, so every overlay must be accounted for.
    expected = sum(len(record["facts"]["clusters"]) for record in state.records.values())
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


def peek_key(data: bytes, name: str) -> str:
    """The `team/app` that a manifest outside apps/ says it is; empty when it cannot be told."""
    try:
        metadata, _ = load_app(data, name)
    except DiagnosticError:
        return ""
    return f"{metadata.team}/{metadata.name}"


def versions_of(sources: Sources, manifest: ManifestFile) -> dict[str, Version]:
    versions = {}
    for environment, release in sources.releases.get(manifest.root, {}).items():
        if manifest.key in release.versions:
            versions[environment] = Version(release.versions[manifest.key], release.spans[manifest.key])
    return versions


def place_apps(run: Run, apps: AppSet) -> None:
    """Final facts: home and clusters of every app, and one owner for every name."""
    for state in sorted(apps.states.values(), key=lambda s: s.key):
        if state.prepared is None:
            state.facts = {cell: record["facts"] for cell, record in state.records.items()}
            continue
        state.prepared = _present(run, state.prepared)
        if problem := _place(state, state.prepared, run.placement):
            apps.fail(state, problem)
    if any(state.prepared is not None for state in apps.states.values()):
        settle(run.workspace.fleet, run.placement, apps)
    apps.table.clear()
    for state in apps.states.values():
        for cell, facts in state.facts.items():
            apps.table.setdefault(cell, {})[facts["name"]] = facts


def _present(run: Run, prepared: Prepared) -> Prepared:
    """The app without the data centers that take nobody, and that its team has left."""
    team = prepared.key.partition("/")[0]
    gone = [
        cell
        for cell in prepared.cells
        if not run.placement.hosts.get((cell, team)) and run.workspace.fleet.takes_nobody(cell)
    ]
    return replace(prepared, cells={c: s for c, s in prepared.cells.items() if c not in gone}) if gone else prepared


def _place(state: AppState, prepared: Prepared, placement: Placement) -> Diagnostic | None:
    team, _, name = state.key.partition("/")
    nowhere = [str(cell) for cell in prepared.cells if not placement.hosts.get((cell, team))]
    if nowhere:
        return Diagnostic(
            "SF410",
            f"{state.key} has nowhere to run in {listed(nowhere)}: the lock does not place team {team} there",
            prepared.span,
            "run `sixfold place` in the deploy repo, or let spec.dataCenters leave these out",
            app=state.key,
        )
    homeless = []
    for cell, cell_spec in prepared.cells.items():
        hosts = placement.hosts[cell, team]
        home = placement.home(cell, team, name) if cell_spec.facts["spread"] == "home" else ""
        copy = placement.copy(cell, team, name) if cell_spec.facts["spread"] == "home" else ""
        there = {h.cluster for h in hosts}
        lacks = home not in there or copy not in {"", *there}
        if cell_spec.facts["spread"] == "home" and lacks and not placement.stopped(cell, team, name):
            homeless.append(str(cell))
            continue
        rows = clusters_of(cell_spec.facts, orjson.loads(cell_spec.spec), hosts, (home, copy))
        clusters = {h.cluster: h.weight for h, _ in rows}
        if copy:  # whatever the team's weights are, only the home of an app that moves gets its traffic
            clusters = {cluster: 100 * (cluster == home) for cluster in clusters}
        state.facts[cell] = {**cell_spec.facts, "home": home, "clusters": clusters}
    if not homeless:
        return None
    where = f"the clusters of team {team} in {listed(homeless)}"
    text = f"{state.key} runs once, and the lock gives it no home among {where}"
    hint = "run `sixfold place` in the deploy repo, which chooses one and keeps it"
    return Diagnostic("SF426", text, prepared.span, hint, app=state.key)


def _follow(run: Run, apps: AppSet, sources: Sources) -> None:
    """Prepare the unchanged apps whose callees changed."""
    affected = [
        s
        for s in apps.states.values()
        if s.prepared is None
        and not s.failed
        and s.manifest is not None
        and any(r["deps"] != deps_digest(s.facts, apps.table) for r in list(s.records.values())[:1])
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
