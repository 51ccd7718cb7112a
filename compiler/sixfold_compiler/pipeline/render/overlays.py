"""One app's overlays: from merged specs and resolved calls to checked YAML files, by one evaluation of the library.

Runs in a worker. Clusters of a data center whose share is the same share a variant, which is evaluated, checked and
written out as YAML once.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import orjson

from sixfold_compiler.checks import CheckContext, check_objects
from sixfold_compiler.diagnostics import Diagnostic, Span
from sixfold_compiler.engine import EvaluationError, evaluate
from sixfold_compiler.kubernetes.identity import holds, names_of
from sixfold_compiler.pipeline.render.app_input import AppInput
from sixfold_compiler.tree.layout import overlay_path

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sixfold_compiler.model.addresses import Cell, Target
    from sixfold_compiler.pipeline.context import Workspace
    from sixfold_compiler.pipeline.render.app_input import AppJob
    from sixfold_compiler.tree.staging import FileEntry

__all__ = ["AppResult", "render_batch", "render_entry"]


@dataclass(frozen=True, slots=True)
class AppResult:
    """The files of an app by path in the tree, and its objects by cell (`ownership.identity`); or what is wrong."""

    key: str
    files: dict[str, FileEntry] = field(default_factory=dict)
    objects: dict[Cell, frozenset[str]] = field(default_factory=dict)
    diagnostics: tuple[Diagnostic, ...] = ()


def render_batch(workspace: Workspace, jobs: Sequence[AppJob]) -> list[AppResult]:
    """Evaluate, check and stage every overlay of some apps, each evaluated once for all of its targets.

    Parsing the library costs more than evaluating a small app, so several apps share a parse. When one of them fails,
    each is evaluated alone, and the failure is that app's own.
    """
    inputs = [AppInput.of(job) for job in jobs]
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
                        f"the library refuses {job.key}: {error.message}",
                        job.span,
                        "the message names the field; --verbose shows the engine's trace",
                        app=job.key,
                        detail=error.trace,
                    ),
                ),
            )
        ]
    return [_finish(workspace, job, value, overlays[job.key]) for job, value in zip(jobs, inputs, strict=True)]


def _evaluate(workspace: Workspace, inputs: Sequence[AppInput]) -> dict[str, dict[str, Any]]:
    payload = {"fleet": workspace.fleet.settings, "apps": {i.key: i.value for i in inputs}}
    library = workspace.fleet.library
    text = evaluate(library, library.app_program, orjson.dumps(payload).decode(), workspace.engine)
    result: dict[str, dict[str, Any]] = orjson.loads(text)
    return result


def _finish(workspace: Workspace, job: AppJob, app: AppInput, parts: dict[str, Any]) -> AppResult:
    files: dict[str, FileEntry] = {}
    brought: dict[Cell, frozenset[str]] = {}
    problems: list[Diagnostic] = []
    written: dict[int, bytes] = {}  # most objects are the same on every cluster
    faultless: set[tuple[int, frozenset[str]]] = set()
    for (cell, share), targets in app.placed.items():
        source = app.value["cells"][cell]
        record = parts["records"][source["record"]]
        here = parts["cells"][cell]
        objects = [*record["before"], *here["shares"][share], *here["objects"], *record["after"]]
        namespace = app.value["records"][source["record"]]["namespace"]
        for context in _contexts(workspace, job, targets, namespace, source["objects"]):
            problems += [d for d in check_objects(objects, context, faultless) if d not in problems]
        if any(d.severity == "error" for d in problems):
            continue
        for item in objects:
            if id(item) not in written:  # the parts are kept, so an id stays one object's
                written[id(item)] = workspace.emitter.emit([item])
        data = b"---\n".join(written[id(item)] for item in objects)
        brought[targets[0].cell] = brought.get(targets[0].cell, frozenset()) | names_of(objects)
        held = holds(objects, job.metadata["name"])
        for target in targets:
            path = overlay_path(target, namespace, job.metadata["name"])
            files[path] = workspace.staging.put(path, data, len(objects), job.known.get(path), held)
    if any(d.severity == "error" for d in problems):
        return AppResult(job.key, diagnostics=tuple(problems))
    return AppResult(job.key, files, brought, tuple(problems))


def render_entry(
    workspace: Workspace, job: tuple[str, str, bytes, dict[str, str]]
) -> dict[str, FileEntry] | Diagnostic:
    """Evaluate a platform entry (`cluster` or `argocd`) of the library and stage its files, by name."""
    entry, unit, payload, known = job
    library = workspace.fleet.library
    try:
        text = evaluate(library, library.program(entry), payload.decode(), workspace.engine)
    except EvaluationError as error:
        return Diagnostic(
            "SF505",
            f"the library's {entry} entry fails for {unit}: {error.message}",
            Span(error.file.rpartition("/")[2], error.line, error.column) if error.file else None,
            "mend the library's extension, or the fleet's data; --verbose shows the trace",
            detail=error.trace,
        )
    return {
        name: workspace.staging.put(
            f"{unit}/{name}",
            workspace.emitter.emit(objects),
            len(objects),
            known.get(name),
            "" if name.startswith("_tenancy/") else holds(objects, ""),  # tenancy goes with its namespace or not at all
        )
        for name, objects in sorted(orjson.loads(text).items())
    }


def _contexts(
    workspace: Workspace, job: AppJob, targets: list[Target], namespace: str, plain: list[dict[str, Any]]
) -> list[CheckContext]:
    """One context for all targets that serve the same APIs."""
    environments = workspace.fleet.model.environments
    served: dict[frozenset[str], list[str]] = {}
    for target in targets:
        cluster = environments[target.environment].data_centers[target.data_center].clusters[target.cluster]
        served.setdefault(frozenset(cluster.apis), []).append(str(target))
    own = frozenset((o.get("kind", ""), (o.get("metadata") or {}).get("name", "")) for o in plain)
    return [
        CheckContext(
            app=job.key,
            namespace=namespace,
            cluster=", ".join(names),
            apis=apis,
            plain=own,
            span=lambda kind, name: job.spans.get((kind, name), job.span),
            pod_security=workspace.fleet.model.platform.pod_security,
        )
        for apis, names in served.items()
    ]
