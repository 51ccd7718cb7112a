"""Rendering in a worker: evaluate the library for apps or platform units, check the objects, and stage them as YAML.

Overlays of clusters with an equal share are evaluated, checked and encoded once.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache, partial
from typing import TYPE_CHECKING, Any, Literal, TypeAlias, TypedDict

import orjson

from sixfold_compiler.checks import CheckContext, check_objects, check_shared
from sixfold_compiler.checks.policy.lists import lists_of
from sixfold_compiler.diagnostics import Diagnostic, Span
from sixfold_compiler.engine import EvaluationError, evaluate, evaluate_together
from sixfold_compiler.kubernetes.identity import holds, kind_and_name, names_of
from sixfold_compiler.pipeline.render.app_input import AppInput
from sixfold_compiler.tree.layout import overlay_path

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sixfold_compiler.checks.policy.rules import Lists
    from sixfold_compiler.diagnostics import JsonObject
    from sixfold_compiler.engine import EngineName, Library
    from sixfold_compiler.model.addresses import AppKey, Cell, Target
    from sixfold_compiler.model.inventory import FileEntry
    from sixfold_compiler.pipeline.context import Workspace
    from sixfold_compiler.pipeline.render.app_input import AppJob

__all__ = ["AppResult", "UnitJob", "UnitResult", "render_batch", "render_units", "try_unit", "unit_files"]


_HINT = "correct the extension of the library, or the fleet"

Objects = list[dict[str, Any]]  # Kubernetes objects as JSON data, of kinds that only the library knows


class _Record(TypedDict):
    before: Objects
    after: Objects


class _CellAnswer(TypedDict):
    objects: Objects
    shares: dict[str, Objects]


class LibraryAnswer(TypedDict):
    """The library's result for an app: objects by spec, which go before and after the others, and objects by cell."""

    records: list[_Record]
    cells: dict[str, _CellAnswer]


@dataclass(frozen=True, slots=True)
class AppResult:
    """The result of rendering an app: its overlays by path and object identities by cell, or its problems."""

    key: AppKey
    files: Mapping[str, FileEntry] = field(default_factory=dict)
    objects: Mapping[Cell, frozenset[str]] = field(default_factory=dict)
    diagnostics: tuple[Diagnostic, ...] = ()


def render_batch(workspace: Workspace, jobs: Sequence[AppJob]) -> list[AppResult]:
    """Evaluate, check and stage all overlays of several apps.

    Parsing the library costs more than evaluating a small app, so the apps share one parse. If the evaluation fails,
    each app is evaluated separately, so that the failure is attributed to one app.
    """
    inputs = [AppInput.of(job, workspace.fleet.systems) for job in jobs]
    try:
        overlays = _evaluate(workspace, inputs)
    except EvaluationError as error:
        if len(jobs) > 1:
            return [result for job in jobs for result in render_batch(workspace, [job])]
        job = jobs[0]
        return [
            AppResult(
                job.key,
                diagnostics=(
                    Diagnostic(
                        "SF504",
                        f"the library cannot render {job.key}: {error.message}",
                        job.span,
                        "correct the field in the message; --verbose shows the calls that led to it",
                        app=str(job.key),
                        detail=error.trace,
                    ),
                ),
            )
        ]
    return [_finish(workspace, job, value, overlays[str(job.key)]) for job, value in zip(jobs, inputs, strict=True)]


def _evaluate(workspace: Workspace, inputs: Sequence[AppInput]) -> dict[str, LibraryAnswer]:
    choices, _ = workspace.fleet.systems.in_apps
    payload = {
        "fleet": workspace.fleet.settings,
        "choices": choices,
        "apps": {str(app.key): app.to_record() for app in inputs},
    }
    library = workspace.fleet.library
    run = evaluate if len(inputs) == 1 else evaluate_together
    text = run(library, library.app_program, orjson.dumps(payload).decode(), workspace.engine)
    overlays: dict[str, LibraryAnswer] = orjson.loads(text)
    return overlays


def _finish(workspace: Workspace, job: AppJob, app: AppInput, parts: LibraryAnswer) -> AppResult:
    """Check the evaluated objects of an app, and stage its overlays.

    Equal parts of the library's result are one Python object, so the caches are keyed by object identity.
    """
    files: dict[str, FileEntry] = {}
    identities: dict[Cell, frozenset[str]] = {}
    problems: list[Diagnostic] = []
    written: dict[int, bytes] = {}  # YAML by `id` of an object, which `parts` keeps alive
    faultless: set[tuple[int, frozenset[str]]] = set()
    lists = cache(partial(lists_of, workspace.fleet.model, job.key.team))  # by tier
    for (cell, share), targets in app.placed.items():
        source = app.cells[cell]
        record, own = parts["records"][source.record], parts["cells"][str(cell)]
        objects = [*record["before"], *own["shares"][share], *own["objects"], *record["after"]]
        namespace = app.records[source.record].namespace
        allowed = lists(app.records[source.record].spec["tier"])
        for context in _contexts(workspace, job, targets, namespace, allowed, source.objects):
            problems += [d for d in check_objects(objects, context, faultless) if d not in problems]
        if any(d.severity == "error" for d in problems):
            continue
        for item in objects:
            if id(item) not in written:
                written[id(item)] = workspace.emitter.emit([item])
        data = b"---\n".join(written[id(item)] for item in objects)
        identities[cell] = identities.get(cell, frozenset()) | names_of(objects)
        held = holds(objects, job.key.name)
        for target in targets:
            path = overlay_path(target, namespace, job.key.name)
            files[path] = workspace.staging.put(path, data, len(objects), job.known.get(path), held)
    if any(d.severity == "error" for d in problems):
        return AppResult(job.key, diagnostics=tuple(problems))
    return AppResult(job.key, files, identities, tuple(problems))


@dataclass(frozen=True, slots=True)
class UnitJob:
    """A unit of the platform to render: the library's entry, the unit's folder, and the input as JSON.

    `known` maps the names of current files to their digests, so that equal files are not written again.
    """

    entry: Literal["cluster", "argocd", "bootstrap"]
    unit: str
    payload: bytes
    known: Mapping[str, str]


# The files of a unit, or its problems.
UnitObjects: TypeAlias = "dict[str, list[JsonObject]] | tuple[Diagnostic, ...]"
UnitResult: TypeAlias = "dict[str, FileEntry] | tuple[Diagnostic, ...]"


def render_units(workspace: Workspace, jobs: Sequence[UnitJob]) -> list[UnitResult]:
    """Evaluate a library entry for each unit, check and stage its files, and return their entries by name.

    A unit with problems has these as its result, and none of its files is staged: an SF505 if the evaluation fails, an
    SF507 for each object that Kubernetes or Envoy would reject. The units share one parse of the library; if that
    evaluation fails, each unit is evaluated separately, so that the failure is attributed to one unit.
    """
    library, engine = workspace.fleet.library, workspace.engine
    if len(jobs) == 1:
        return [_staged(workspace, jobs[0], unit_files(library, engine, jobs[0]))]
    units = {job.unit: {"entry": job.entry, "input": orjson.Fragment(job.payload)} for job in jobs}
    try:
        text = evaluate_together(library, library.units_program, orjson.dumps(units).decode(), engine)
    except EvaluationError:
        return [result for job in jobs for result in render_units(workspace, [job])]
    answers: dict[str, dict[str, list[JsonObject]]] = orjson.loads(text)
    return [_staged(workspace, job, _checked(job, answers[job.unit])) for job in jobs]


def _staged(workspace: Workspace, job: UnitJob, files: UnitObjects) -> UnitResult:
    if isinstance(files, tuple):
        return files
    return {
        name: workspace.staging.put(
            f"{job.unit}/{name}",
            workspace.emitter.emit(objects),
            len(objects),
            job.known.get(name),
            "" if name.startswith("_tenancy/") else holds(objects, ""),  # tenancy goes with its namespace or not at all
        )
        for name, objects in files.items()
    }


def try_unit(workspace: Workspace, job: UnitJob) -> tuple[Diagnostic, ...]:
    """Return the problems of a unit of the platform, and stage nothing."""
    files = unit_files(workspace.fleet.library, workspace.engine, job)
    return files if isinstance(files, tuple) else ()


def unit_files(library: Library, engine: EngineName, job: UnitJob) -> UnitObjects:
    """Evaluate a library entry for a unit and check its objects; return them by file, sorted, or their problems."""
    try:
        text = evaluate(library, library.program(job.entry), job.payload.decode(), engine)
    except EvaluationError as error:
        message = f"the library cannot render the {job.entry} objects of {job.unit}: {error.message}"
        place = Span(error.file.rpartition("/")[2], error.line, error.column) if error.file else None
        help_text = f"{_HINT}; --verbose shows the calls that led to it"
        return (Diagnostic("SF505", message, place, help_text, detail=error.trace),)
    return _checked(job, orjson.loads(text))


def _checked(job: UnitJob, answer: dict[str, list[JsonObject]]) -> UnitObjects:
    files = dict(sorted(answer.items()))
    problems = check_shared(files)
    return tuple(Diagnostic("SF507", f"{job.unit}/{problem}", None, _HINT) for problem in problems) or files


def _contexts(
    workspace: Workspace,
    job: AppJob,
    targets: Sequence[Target],
    namespace: str,
    lists: Lists,
    plain: Sequence[Mapping[str, Any]],
) -> list[CheckContext]:
    """Return the contexts of the checks, one for each group of clusters that serve the same APIs."""
    served: dict[frozenset[str], list[str]] = {}
    for target in targets:
        apis = frozenset(workspace.fleet.model.cluster(target).apis)
        served.setdefault(apis, []).append(str(target))
    own = frozenset(map(kind_and_name, plain))
    return [
        CheckContext(
            app=str(job.key),
            namespace=namespace,
            cluster=", ".join(names),
            apis=apis,
            plain=own,
            span=lambda kind, name: job.spans.get((kind, name), job.span),
            pod_security=workspace.fleet.model.platform.pod_security,
            lists=lists,
        )
        for apis, names in served.items()
    ]
