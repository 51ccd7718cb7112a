"""Read every manifest: keep the unchanged apps, and prepare and place the others."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from sixfold_compiler.diagnostics import Diagnostic, DiagnosticError, Span, counted
from sixfold_compiler.engine import Failure
from sixfold_compiler.engine.failures import failure_diagnostic
from sixfold_compiler.inputs.fleet_checks import check_defaults
from sixfold_compiler.inputs.releases import versions_of
from sixfold_compiler.kubernetes import schemas
from sixfold_compiler.manifest.load import ManifestText, read_manifest
from sixfold_compiler.pipeline.app_state import FailedApp, PreparedApp, TreeApp, UnchangedApp
from sixfold_compiler.pipeline.digests import Digests, deps_digest
from sixfold_compiler.pipeline.place_apps import place_app, place_apps
from sixfold_compiler.pipeline.recorded import recorded_apps, without_manifest
from sixfold_compiler.pipeline.service_names import without_given_up
from sixfold_compiler.pipeline.versions import problems_in, refused_versions

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from sixfold_compiler.inputs.releases import Version
    from sixfold_compiler.inputs.sources import ManifestFile, Sources
    from sixfold_compiler.manifest.prepare import Prepared
    from sixfold_compiler.model.addresses import AppKey
    from sixfold_compiler.pipeline.app_state import Apps, AppState
    from sixfold_compiler.pipeline.context import CompileContext, Workspace
    from sixfold_compiler.pipeline.versions import Refused

__all__ = ["read_apps"]


@dataclass(frozen=True, slots=True)
class _Job:
    """A manifest to prepare, with the app's image versions by environment, and the environments without a valid one."""

    manifest: ManifestText
    versions: Mapping[str, Version]
    refused: Refused


@dataclass(slots=True)
class _Reading:
    """Intermediate results, filled in while the manifests are read.

    `files` maps each app to its first manifest. `states` are the apps that need not be prepared. `unattributed` is true
    if a file was found that could be the manifest of any app.
    """

    files: dict[AppKey, ManifestFile] = field(default_factory=dict)
    states: dict[AppKey, AppState] = field(default_factory=dict)
    jobs: dict[AppKey | str, _Job] = field(default_factory=dict)  # by file name if the app is not known
    problems: list[Diagnostic] = field(default_factory=list)
    unattributed: bool = False


def read_apps(context: CompileContext, sources: Sources) -> Apps:
    """Return every app in its state before rendering, with final facts.

    Raises:
        DiagnosticError: SF223, the deploy repo contains no manifest although the tree has apps; SF303, the default
            specs of the fleet or of a team are not valid.
    """
    recorded = recorded_apps(context.previous)
    if sources.complete and not sources.manifests and recorded:
        # A wrong folder looks exactly like this, and would empty every cluster.
        raise DiagnosticError(
            Diagnostic(
                "SF223",
                f"no manifest was found, although the tree has {counted(len(recorded), 'app')}",
                None,
                "run the command in the deploy repository; to delete all apps on purpose, delete the tree's folder",
            )
        )
    digests = Digests(context.fleet, context.placement)
    reading = _read_manifests(context, sources, recorded, digests)
    _check_defaults(context, reading)
    kept, unplaced, problems = _prepare_apps(context, reading, recorded, digests)
    for key, tree in recorded.items():
        if key not in kept and key not in unplaced:
            state = _without_text(context, sources, reading, tree)
            kept |= {key: state} if state is not None else {}
    names = context.names
    unread = reading.unattributed or sources.hidden or sources.hidden_teams  # files that may be those of any app
    if sources.complete and not unread:
        names = without_given_up(names, {**kept, **unplaced}, context.fleet, context.day)
    apps = place_apps(context, kept, [unplaced[key] for key in sorted(unplaced)], problems, names)
    return _prepare_callers(context, sources, apps)


def _read_manifests(
    context: CompileContext, sources: Sources, recorded: Mapping[AppKey, TreeApp], digests: Digests
) -> _Reading:
    """Read every manifest, and sort the apps into unchanged ones, held ones, and ones to prepare.

    If two files are manifests of the same app, neither is used.
    """
    reading = _Reading()
    for file in sources.manifests:
        try:
            manifest = read_manifest(file)
        except DiagnosticError as error:
            reading.problems += error.diagnostics
            _attribute(reading, file)
            continue
        file, key = manifest.file, manifest.file.key  # noqa: PLW2901 - with the key that the manifest states
        if key and key in reading.files:
            reading.problems.append(_second_manifest(file, reading.files[key]))
            reading.jobs.pop(key, None)
            reading.states.pop(key, None)
            if key in recorded:
                reading.states[key] = FailedApp(recorded[key], reading.files[key])
            continue
        _attribute(reading, file)
        versions = versions_of(sources, file)
        tree = recorded.get(key) if key else None
        refused = refused_versions(context, sources, file, tree, versions)
        if key and context.holds(key):
            reading.states |= {key: FailedApp(tree, file)} if tree is not None else {}
        elif (
            key
            and tree is not None
            and not refused
            and _is_current(context, tree, versions, digests.source(manifest, versions, _files(tree)))
        ):
            reading.states[key] = UnchangedApp(tree, file)
        else:
            reading.jobs[key or file.name] = _Job(manifest, versions, refused)
    return reading


def _check_defaults(context: CompileContext, reading: _Reading) -> None:
    """Check the default specs that no unchanged app proves: its digest covers those of the fleet and of its team.

    Raises:
        DiagnosticError: SF303, they are not valid.
    """
    proven = {key.team for key, state in reading.states.items() if isinstance(state, UnchangedApp)}
    if problems := list(check_defaults(context.fleet, proven, shared=not proven)):
        raise DiagnosticError(problems)


def _attribute(reading: _Reading, file: ManifestFile) -> None:
    """Record that an app has a manifest file, even if the file cannot be read."""
    if file.key is None:
        reading.unattributed = True
    else:
        reading.files.setdefault(file.key, file)


def _files(tree: TreeApp) -> Iterable[str]:
    """Return the paths of the config files that the tree records for an app."""
    return next((record.files for record in tree.records.values()), ())


def _is_current(context: CompileContext, tree: TreeApp, versions: Mapping[str, Version], source: str) -> bool:
    """Return whether the tree has every overlay of an app, rendered from inputs with the digest `source`."""
    if context.fresh or context.previous.torn or not tree.records:
        return False
    cells = {str(cell) for cell in tree.records}
    if any(record.source != source or set(record.cells) != cells for record in tree.records.values()):
        return False
    stated = {environment: version.version for environment, version in versions.items()}
    if any(record.version != stated.get(cell.environment, "") for cell, record in tree.records.items()):
        return False  # an earlier version of the compiler recorded none
    # A torn inventory is rewritten from the overlays that it can account for, so every one must be there.
    expected = sum(len(facts.clusters) for facts in tree.facts.values())
    if len(tree.files) != expected:
        return False
    return all(context.trusts(path, entry) for path, entry in tree.files.items())


def _prepare_apps(
    context: CompileContext, reading: _Reading, recorded: Mapping[AppKey, TreeApp], digests: Digests
) -> tuple[dict[AppKey, AppState], dict[AppKey, PreparedApp], list[Diagnostic]]:
    """Prepare the changed apps. Return the apps that are kept or failed, the apps to place, and the problems."""
    kept, unplaced, problems = dict(reading.states), {}, list(reading.problems)
    jobs = list(reading.jobs.values())
    for job, prepared in zip(jobs, _prepare(context, jobs), strict=True):
        problems += prepared.diagnostics
        problems += problems_in(job.refused, prepared.kept)
        file = job.manifest.file
        if file.key is None:
            continue
        tree = recorded.get(file.key, TreeApp(file.key))
        if prepared.failed or (prepared.kept and not prepared.cells):
            kept[file.key] = FailedApp(tree, file)
        else:
            source = digests.source(job.manifest, job.versions, dict(prepared.files))
            unplaced[file.key] = PreparedApp(tree, file, source, prepared, {})
    return kept, unplaced, problems


def _without_text(context: CompileContext, sources: Sources, reading: _Reading, tree: TreeApp) -> AppState | None:
    """Return the state of a recorded app whose manifest was not read; None if the app has been removed.

    An app has been removed if the complete deploy repo was read and no file can be its manifest.
    """
    key = tree.key
    if not sources.complete or reading.unattributed or key in reading.files or sources.hides(key):
        return UnchangedApp(tree)
    if context.holds(key):
        return FailedApp(tree)
    kept = without_manifest(context, tree)
    return UnchangedApp(kept) if kept is not None else None


def _prepare(context: CompileContext, jobs: Sequence[_Job]) -> list[Prepared]:
    """Prepare manifests in workers; return the results in the order of the jobs."""
    if not jobs:
        return []
    from sixfold_compiler.manifest.prepare import Prepared  # noqa: PLC0415 - takes 8 ms; most compiles change no app
    from sixfold_compiler.model.app import App  # noqa: PLC0415 - as above
    from sixfold_compiler.pipeline.render import overlays  # noqa: F401, PLC0415 - for the workers

    # Each worker that prepares these apps, and checks them afterwards, would otherwise do this for itself.
    schemas.preload()
    App.model_rebuild()
    results: dict[int, Prepared] = {}
    for done, (index, result) in enumerate(context.pool.run(_prepare_job, jobs), start=1):
        context.progress("reading", done, len(jobs))
        if isinstance(result, Failure):
            manifest = jobs[index].manifest
            problem = failure_diagnostic(result, manifest.label, Span(manifest.file.name))
            results[index] = Prepared(manifest.file.key, diagnostics=(problem,))
        else:
            results[index] = result
    return [results[index] for index in range(len(jobs))]


def _prepare_job(workspace: Workspace, job: _Job) -> Prepared:
    from sixfold_compiler.manifest.prepare import prepare  # noqa: PLC0415 - as above

    return prepare(workspace.fleet, job.manifest, job.versions, job.refused)


def _prepare_callers(context: CompileContext, sources: Sources, apps: Apps) -> Apps:
    """Prepare the unchanged apps whose callees no longer publish the facts that the apps were rendered with."""
    callers: list[tuple[UnchangedApp, _Job]] = []
    problems: list[Diagnostic] = []
    states: list[AppState] = []
    for app in apps.states.values():
        if not isinstance(app, UnchangedApp) or app.manifest is None or not _calls_changed(app, apps):
            continue
        try:
            manifest = read_manifest(app.manifest)
        except DiagnosticError as error:  # it was deleted meanwhile
            states.append(FailedApp(app.tree, app.manifest))
            problems += [problem.of(str(app.key)) for problem in error.diagnostics]
        else:
            callers.append((app, _Job(manifest, versions_of(sources, app.manifest), {})))
    for (app, job), prepared in zip(callers, _prepare(context, [job for _, job in callers]), strict=True):
        source = next(record.source for record in app.tree.records.values())
        unplaced = PreparedApp(app.tree, job.manifest.file, source, prepared, {})
        placed = prepared.diagnostics if prepared.failed else place_app(context, unplaced)
        if isinstance(placed, PreparedApp):
            states.append(placed)
        else:
            states.append(FailedApp(app.tree, app.manifest))
            problems += [placed] if isinstance(placed, Diagnostic) else [*placed]
    return apps.updated(states, problems) if states else apps


def _calls_changed(app: UnchangedApp, apps: Apps) -> bool:
    first = next(iter(app.tree.records.values()), None)
    return first is not None and first.deps != deps_digest(app.facts, apps.facts, apps.names)


def _second_manifest(file: ManifestFile, first: ManifestFile) -> Diagnostic:
    return Diagnostic(
        "SF220",
        f"the app {file.key} has two manifests",
        Span(file.name, 1, 1),
        "remove one of the two files",
        (Span(first.name, 1, 1, "the other manifest"),),
        app=str(file.key),
    )
