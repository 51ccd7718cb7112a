"""Render the platform: the objects of each cluster and of each Argo CD instance."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from functools import cache, partial
from typing import TYPE_CHECKING, Literal

import orjson

from sixfold_compiler.diagnostics import Diagnostic, Span
from sixfold_compiler.engine import Failure
from sixfold_compiler.engine.failures import failure_diagnostic
from sixfold_compiler.inputs.build import build_identity
from sixfold_compiler.model.base import TIERS
from sixfold_compiler.pipeline.render.platform_input import (
    argocd_input,
    cluster_input,
    services_digest,
    services_of,
    waves,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from sixfold_compiler.diagnostics import Json
    from sixfold_compiler.model.addresses import Cell, Target
    from sixfold_compiler.model.facts import Facts
    from sixfold_compiler.model.inventory import FileEntry
    from sixfold_compiler.pipeline.app_state import Apps
    from sixfold_compiler.pipeline.context import CompileContext
    from sixfold_compiler.pipeline.render.overlays import UnitJob, UnitResult
    from sixfold_compiler.pipeline.render.platform_input import ClusterInput, Service
    from sixfold_compiler.tree.reader import Previous

_BATCH = 4  # units that share one parse of the library
_BYTES = 64 * 1024  # of the input of the units of a batch; what large ones cost is not the parse

__all__ = ["Rendered", "cluster_job", "render_platform", "unit_problems"]


@dataclass(frozen=True, slots=True)
class Rendered:
    """The platform's files by unit (`env/dc/cluster` or `argocd/<instance>`) and name, and each unit's input digest.

    `broken` are the clusters that have problems and therefore no files.
    """

    files: Mapping[str, Mapping[str, FileEntry]]
    inputs: Mapping[str, str]
    diagnostics: tuple[Diagnostic, ...]
    broken: tuple[Target, ...]


@dataclass(frozen=True, slots=True)
class _Unit:
    """A unit that may need rendering: the library's entry, the unit's folder, and its input.

    `identity` holds bytes that change exactly when the input changes. `payload` encodes the complete input; it is
    called only for changed units, because the clusters of a cell share thousands of services.
    """

    entry: Literal["cluster", "argocd"]
    name: str
    identity: bytes
    payload: Callable[[], bytes]


def render_platform(context: CompileContext, apps: Apps) -> Rendered:
    """Render the files of every selected cluster and Argo CD instance; unchanged ones are not evaluated."""
    library = f"{build_identity()}\0{context.fleet.library.digest}\0".encode()
    files: dict[str, Mapping[str, FileEntry]] = {}
    inputs: dict[str, str] = {}
    changed: list[tuple[_Unit, Mapping[str, str]]] = []
    for unit in _units(context, apps):
        inputs[unit.name] = "sha256:" + hashlib.sha256(library + unit.identity).hexdigest()
        recorded, old = _previous_unit(context.previous, unit.name)
        known = {path: entry.digest for path, entry in old.items() if context.trusts(f"{unit.name}/{path}", entry)}
        if recorded == inputs[unit.name] and len(known) == len(old) and not context.fresh:
            files[unit.name] = old
        else:
            changed.append((unit, known))
    problems: list[tuple[Diagnostic, str]] = []
    for done, (name, result) in enumerate(_render(context, changed), start=1):
        context.progress("platform", done, len(changed))
        problems += ((problem, name) for problem in unit_problems(context, name, result))
        if isinstance(result, dict):
            files[name] = result
    without = {unit for _, unit in problems}
    broken = tuple(target for target, _ in context.fleet.targets() if str(target) in without)
    return Rendered(files, inputs, _merge(problems), broken)


def _render(
    context: CompileContext, changed: Sequence[tuple[_Unit, Mapping[str, str]]]
) -> Iterator[tuple[str, UnitResult | Failure]]:
    """Evaluate units in batches in worker processes, and yield the result of each with the unit's name.

    Each unit comes with the digests of its current files. If a batch kills its worker, its units are evaluated again
    one by one.
    """
    if not changed:
        return
    from sixfold_compiler.pipeline.render.overlays import UnitJob, render_units  # noqa: PLC0415 - takes 12 ms; most compiles change no unit

    jobs = [UnitJob(unit.entry, unit.name, unit.payload(), known) for unit, known in changed]
    alone: list[list[UnitJob]] = []
    for batches in (_batches(jobs, context.pool.size), alone):
        for index, result in context.pool.run(render_units, batches):
            batch = batches[index]
            if not isinstance(result, Failure):
                yield from zip((job.unit for job in batch), result, strict=True)
            elif len(batch) > 1:
                alone += ([job] for job in batch)
            else:
                yield batch[0].unit, result


def _batches(jobs: Sequence[UnitJob], workers: int) -> list[list[UnitJob]]:
    """Divide units so that each worker has one, and small ones share an evaluation: parsing the library costs more."""
    most = min(_BATCH, -(-len(jobs) // workers))
    batches: list[list[UnitJob]] = []
    size = 0
    for job in jobs:
        size += len(job.payload)
        if not batches or len(batches[-1]) >= most or size > _BYTES:
            batches.append([])
            size = len(job.payload)
        batches[-1].append(job)
    return batches


def unit_problems(context: CompileContext, unit: str, result: UnitResult | Failure) -> tuple[Diagnostic, ...]:
    """Return the problems in the result of a job for a unit, as problems of the fleet; none if the job succeeded."""
    if isinstance(result, Failure):
        problem = failure_diagnostic(result, unit, Span(f"{context.fleet.name}/fleet.jsonnet"))
        return (replace(problem, app=""),)
    return result if isinstance(result, tuple) else ()


def cluster_job(context: CompileContext, target: Target, facts: Mapping[str, Facts]) -> UnitJob:
    """Return the job that renders a cluster from the facts of its cell's apps."""
    from sixfold_compiler.pipeline.render.overlays import UnitJob  # noqa: PLC0415 - as above

    value = cluster_input(context.fleet, context.placement, target, _tiers(facts))
    payload = _json(value.to_record(services_of(context.fleet, target.cell, facts)))
    return UnitJob("cluster", str(target), payload, {})


def _units(context: CompileContext, apps: Apps) -> Iterator[_Unit]:
    """Yield the selected clusters, and the Argo CD instances if all clusters are selected."""
    fleet = context.fleet
    digests = {cell: services_digest(fleet, cell, apps.facts_in(cell)) for cell, _ in fleet.cells()}
    services = cache(lambda cell: services_of(fleet, cell, apps.facts_in(cell)))
    tiers = {cell: _tiers(apps.facts_in(cell)) for cell, _ in fleet.cells()}
    for target, cluster in fleet.targets():
        if context.selects(target) and cluster.state != "retired":
            value = cluster_input(fleet, context.placement, target, tiers[target.cell])
            identity = _json(value.to_record()) + digests[target.cell]
            yield _Unit("cluster", str(target), identity, partial(_payload, value, services))
    order = waves(fleet)
    for instance in sorted(fleet.model.argocd.instances) if context.only is None else ():
        numbers = sorted({order[target] for target, cluster in fleet.targets() if cluster.instance == instance})
        payload = _json(argocd_input(fleet, instance, [str(number) for number in numbers]).to_record())
        yield _Unit("argocd", f"argocd/{instance}", payload, partial(bytes, payload))


def _payload(value: ClusterInput, services: Callable[[Cell], Sequence[Service]]) -> bytes:
    return _json(value.to_record(services(value.target.cell)))


def _json(value: dict[str, Json] | list[dict[str, Json]]) -> bytes:
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS)


def _tiers(facts: Mapping[str, Facts]) -> dict[str, str]:
    """Return the highest tier (P0 is the highest) of each team among the apps of a cell."""
    tiers: dict[str, str] = {}
    for app in facts.values():
        tiers[app.team] = min(tiers.get(app.team, TIERS[-1]), app.tier)
    return tiers


def _previous_unit(previous: Previous, unit: str) -> tuple[str, dict[str, FileEntry]]:
    """Return the recorded input digest of a unit (empty if none is recorded), and its files by name."""
    head, _, instance = unit.partition("/")
    record = previous.argocd.get(instance) if head == "argocd" else previous.clusters.get(unit)
    if record is None:
        return "", {}
    return record.input, {path: previous.files[f"{unit}/{path}"] for path in record.files}


def _merge(problems: Sequence[tuple[Diagnostic, str]]) -> tuple[Diagnostic, ...]:
    """Merge equal problems of several units into the first problem, whose help then names the other units."""
    merged: dict[tuple[str, Span | None, str], tuple[Diagnostic, list[str]]] = {}
    for problem, unit in problems:
        apart_from_unit = (problem.code, problem.span, problem.detail or problem.message.replace(unit, ""))
        merged.setdefault(apart_from_unit, (problem, []))[1].append(unit)
    return tuple(
        replace(problem, help=f"{problem.help}; also {', '.join(units[1:])}") if len(units) > 1 else problem
        for problem, units in merged.values()
    )
