"""One app's overlays: from merged specs and resolved calls to checked YAML files, by one evaluation of the library.

Runs in a worker. Clusters of a data center whose share is the same share a variant, which is evaluated, checked and
written out as YAML once.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import orjson

from compiler.checks import CheckContext, check_objects
from compiler.diagnostics import Diagnostic, Span
from compiler.emit import Emitter
from compiler.engine import EvaluationError, evaluate
from compiler.fleet import Target
from compiler.guard.identity import holds
from compiler.layers import image_version
from compiler.ownership import names_of
from compiler.placement import Host
from compiler.scale import budget, scales_on

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from compiler.engine import EngineName
    from compiler.fleet import Cell, FleetInput
    from compiler.roads import Facts, Resolved
    from compiler.staging import FileEntry, Staging

__all__ = ["AppJob", "AppResult", "CellJob", "Workspace", "clusters_of", "overlay_path", "render_batch", "render_entry"]


@dataclass(frozen=True)
class Workspace:
    """What every worker inherits: the fleet, where finished files are staged, and which engine evaluates."""

    fleet: FleetInput
    staging: Staging
    engine: EngineName = "auto"
    emitter: Emitter = field(default_factory=Emitter)


@dataclass(frozen=True, slots=True)
class CellJob:
    """An app in one cell: merged spec and plain objects as JSON, its facts, its clusters, and its calls resolved."""

    cell: Cell
    spec: bytes
    objects: bytes
    facts: Facts
    hosts: tuple[Host, ...]
    resolved: Resolved


@dataclass(frozen=True, slots=True)
class AppJob:
    """An app with every cell it goes to. `known` has the digests of files that are in place and need no writing."""

    key: str
    metadata: dict[str, Any]
    cells: tuple[CellJob, ...]
    known: Mapping[str, str]
    only: frozenset[Target] | None
    span: Span | None
    spans: Mapping[tuple[str, str], Span] = field(default_factory=dict)  # plain objects by kind and name


@dataclass(frozen=True, slots=True)
class AppResult:
    """The files of an app by path in the tree, and its objects by cell (`ownership.identity`); or what is wrong."""

    key: str
    files: dict[str, FileEntry] = field(default_factory=dict)
    objects: dict[Cell, frozenset[str]] = field(default_factory=dict)
    diagnostics: tuple[Diagnostic, ...] = ()


def clusters_of(
    job_facts: Facts, spec: dict[str, Any], hosts: Sequence[Host], homes: Collection[str]
) -> list[tuple[Host, dict[str, int]]]:
    """The clusters that an app runs on in a cell, each with its scale there; `homes` are for one that runs once."""
    spread = job_facts["spread"]
    at_home = [Host(h.cluster, h.weight) for h in hosts if h.cluster in homes]
    chosen = at_home if spread == "home" else list(hosts)
    shares = scales_on(spec, spread, chosen)
    return [(host, scale) for host, scale in zip(chosen, shares, strict=True) if scale is not None]


def overlay_path(target: Target, namespace: str, app: str) -> str:
    """Where an overlay lies in the tree."""
    return f"{target}/{namespace}/{app}.yaml"


def render_batch(workspace: Workspace, jobs: Sequence[AppJob]) -> list[AppResult]:
    """Evaluate, check and stage every overlay of some apps, each evaluated once for all of its targets.

    Parsing the library costs more than evaluating a small app, so several apps share a parse. When one of them fails,
    each is evaluated alone, and the failure is that app's own.
    """
    inputs = [_AppInput.of(job) for job in jobs]
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


@dataclass(frozen=True, slots=True)
class _AppInput:
    """What the library gets of an app, and the targets that go with every share of its cells."""

    key: str
    value: dict[str, Any]
    placed: dict[tuple[str, str], list[Target]]

    @staticmethod
    def of(job: AppJob) -> _AppInput:
        records: dict[bytes, tuple[int, dict[str, Any]]] = {}
        cells: dict[str, dict[str, Any]] = {}
        placed: dict[tuple[str, str], list[Target]] = {}
        for cell_job in job.cells:
            _add_cell(job, cell_job, records, cells, placed)
        app = {
            "team": job.metadata["team"],
            "name": job.metadata["name"],
            "labels": job.metadata.get("labels", {}),
            "annotations": job.metadata.get("annotations", {}),
        }
        value = {"app": app, "records": [record for _, record in records.values()], "cells": cells}
        return _AppInput(job.key, value, placed)


def _evaluate(workspace: Workspace, inputs: Sequence[_AppInput]) -> dict[str, dict[str, Any]]:
    payload = {"fleet": workspace.fleet.settings, "apps": {i.key: i.value for i in inputs}}
    library = workspace.fleet.library
    text = evaluate(library, library.app_program, orjson.dumps(payload).decode(), workspace.engine)
    result: dict[str, dict[str, Any]] = orjson.loads(text)
    return result


def _finish(workspace: Workspace, job: AppJob, app: _AppInput, parts: dict[str, Any]) -> AppResult:
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


def _add_cell(
    job: AppJob,
    cell_job: CellJob,
    records: dict[bytes, tuple[int, dict[str, Any]]],
    cells: dict[str, dict[str, Any]],
    placed: dict[tuple[str, str], list[Target]],
) -> None:
    cell, facts = cell_job.cell, cell_job.facts
    spec = orjson.loads(cell_job.spec)
    rows = clusters_of(facts, spec, cell_job.hosts, facts["clusters"])
    total = sum(scale.get("replicas", scale.get("min", 0)) for _, scale in rows)
    shares: dict[str, dict[str, Any]] = {}
    names: dict[tuple[tuple[str, int], ...], str] = {}
    for host, scale in rows:
        target = Target(cell.environment, cell.data_center, host.cluster)
        if job.only is not None and target not in job.only:
            continue
        token = tuple(scale.items())
        if token not in names:
            name = names[token] = str(len(names))
            shares[name] = {"scale": scale}
            if limit := budget(spec.get("disruption", {}), scale, total):
                shares[name]["disruption"] = limit
        placed.setdefault((str(cell), names[token]), []).append(target)
    if not shares:
        return
    record: dict[str, Any] = {
        "environment": cell.environment,
        "namespace": facts["namespace"],
        "spec": _target_spec(spec, cell_job.resolved),
        "divided": any("replicas" in scale for _, scale in rows),
    }
    if version := image_version(spec["image"])[1]:
        record["version"] = version.partition("@")[0].removeprefix("sha256:")[:63]
    index, _ = records.setdefault(orjson.dumps(record), (len(records), record))
    entry: dict[str, Any] = {
        "record": index,
        "dataCenter": cell.data_center,
        "ingress": dict(cell_job.resolved.ingress),
        "egress": cell_job.resolved.egress,
        "objects": orjson.loads(cell_job.objects),
        "shares": shares,
    }
    if scrape := spec.get("scrape"):
        entry["ingress"]["scrape"] = {"port": _scrape_port(facts, scrape["port"])}
    external = facts["roads"].get("external", {})
    if external.get("loadBalancer"):
        entry["loadBalancer"] = {"ports": [p for p in facts["ports"] if external.get("port") in {None, p["name"]}]}
    cells[str(cell)] = entry


def _target_spec(spec: dict[str, Any], resolved: Resolved) -> dict[str, Any]:
    """The spec without what Sixfold has decided already, and with addresses in place of `callRef`."""
    dropped = ("dataCenters", "spread", "calls", "roads", "replicas", "disruption")
    out = {k: v for k, v in spec.items() if k not in dropped}
    out.setdefault("kind", "Deployment")
    if "autoscaling" in out:
        out["autoscaling"] = {k: v for k, v in out["autoscaling"].items() if k not in ("min", "max")}
    out.update(_addressed(out, resolved))
    for field_name in ("containers", "initContainers"):
        if field_name in out:
            out[field_name] = [{**c, **_addressed(c, resolved)} for c in out[field_name]]
    return out


def _addressed(body: dict[str, Any], resolved: Resolved) -> dict[str, Any]:
    if not any("callRef" in e.get("valueFrom", {}) for e in body.get("env", [])):
        return {}
    env = []
    for entry in body["env"]:
        ref = entry.get("valueFrom", {}).get("callRef")
        env.append({"name": entry["name"], "value": resolved_address(ref, resolved)} if ref else entry)
    return {"env": env}


def resolved_address(ref: dict[str, Any], resolved: Resolved) -> str:
    """The text that a `callRef` stands for.

    Raises:
        KeyError: The call or the port is unknown (found out before, as SF406).
    """
    host, ports = resolved.addresses[f"{ref['app']}@{ref['dataCenter']}" if ref.get("dataCenter") else ref["app"]]
    port = ports[ref["port"]] if "port" in ref else next(iter(ports.values()))
    match ref.get("format", "address"):
        case "host":
            return host
        case "port":
            return str(port)
        case "url":
            return f"http://{host}:{port}"
        case _:
            return f"{host}:{port}"


def _scrape_port(facts: Facts, port: str | int) -> int:
    if isinstance(port, int):
        return port
    return next(int(p["targetPort"]) for p in facts["ports"] if p["name"] == port)


def _contexts(
    workspace: Workspace, job: AppJob, targets: list[Target], namespace: str, plain: list[dict[str, Any]]
) -> list[CheckContext]:
    """One context for all targets that serve the same APIs."""
    environments = workspace.fleet.fleet.environments
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
            pod_security=workspace.fleet.fleet.platform.pod_security,
        )
        for apis, names in served.items()
    ]
