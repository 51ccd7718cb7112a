"""Rendering the objects of clusters and of Argo CD instances."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

import orjson

from sixfold_compiler import __version__
from sixfold_compiler.diagnostics import Diagnostic, Span
from sixfold_compiler.engine import Failure
from sixfold_compiler.engine.failures import failure_diagnostic
from sixfold_compiler.pipeline.app_state import AppSet, Rendered
from sixfold_compiler.pipeline.render.overlays import render_entry
from sixfold_compiler.pipeline.render.platform_input import argocd_input, cluster_input, services_of, waves

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from sixfold_compiler.ownership.addresses import Facts
    from sixfold_compiler.pipeline.context import Run
    from sixfold_compiler.tree.reader import Previous
    from sixfold_compiler.tree.staging import FileEntry

__all__ = ["render_platform"]


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
    for instance in sorted(fleet.model.argocd.instances):
        if run.only is None:
            names = sorted({str(order[t]) for t, c in fleet.targets() if c.instance == instance}, key=int)
            payload = _json(argocd_input(fleet, instance, names))
            yield "argocd", f"argocd/{instance}", payload, partial(bytes, payload)


def _made(make: Callable[[list[dict[str, Any]]], Any], services: list[dict[str, Any]]) -> bytes:
    return _json(make(services))


def _json(value: Any) -> bytes:
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS)


def _tiers(facts: Mapping[str, Facts]) -> dict[str, str]:
    tiers: dict[str, str] = {}
    for app in facts.values():
        tiers[app["team"]] = min(tiers.get(app["team"], "P2"), app["tier"])
    return tiers


def _previous_unit(previous: Previous, unit: str) -> tuple[dict[str, Any], dict[str, FileEntry]]:
    head, _, instance = unit.partition("/")
    record = previous.root.get("argocd", {}).get(instance, {}) if head == "argocd" else previous.clusters.get(unit, {})
    return record, {p: previous.files[f"{unit}/{p}"] for p in record.get("files", {})}
