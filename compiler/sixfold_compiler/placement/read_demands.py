"""Read the demands of all apps of a deploy repository. Manifests are merged but not evaluated."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import orjson

from sixfold_compiler.diagnostics import Diagnostic, DiagnosticError, Span
from sixfold_compiler.engine import Failure
from sixfold_compiler.engine.failures import failure_diagnostic
from sixfold_compiler.inputs.releases import Version, refused_in, versions_of
from sixfold_compiler.kubernetes.schemas import built_in_apis
from sixfold_compiler.manifest.load import ManifestText, read_manifest
from sixfold_compiler.manifest.prepare import prepare
from sixfold_compiler.model.base import TIERS
from sixfold_compiler.model.quantities import Resources
from sixfold_compiler.placement.demand import AppDemand, DemandTable, app_demand

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from sixfold_compiler.diagnostics import JsonObject
    from sixfold_compiler.engine import Pool
    from sixfold_compiler.inputs.fleet import FleetInput
    from sixfold_compiler.inputs.sources import Sources
    from sixfold_compiler.model.addresses import Cell
    from sixfold_compiler.placement.demand import Demands
    from sixfold_compiler.placement.lock import Lock

__all__ = ["ReadDemands", "read_demands"]

_BATCH = 16  # manifests of one job
_Job = list[tuple[ManifestText, dict[str, Version]]]


class _Read(NamedTuple):
    """The demands in one manifest: its app (`team/app`; empty if unknown), its demand by cell, and the problems."""

    key: str
    demands: dict[Cell, AppDemand]
    diagnostics: tuple[Diagnostic, ...]


@dataclass(frozen=True, slots=True)
class ReadDemands:
    """The demands of all teams, and the problems of manifests. A broken app keeps its home and has no demand."""

    demands: Demands
    diagnostics: tuple[Diagnostic, ...]


def read_demands(
    sources: Sources,
    lock: Lock,
    pool: Pool,
    progress: Callable[[str, int, int], None] = lambda _step, _done, _total: None,
) -> ReadDemands:
    """Read the demand of every app that has a manifest.

    Args:
        sources: The manifests and release files of the whole deploy repo, or of a part (other apps keep their homes).
        lock: The previous lock. Apps that cannot be read keep their homes in it.
        pool: Workers, whose context is the fleet.
        progress: Called with (step, done, total).
    """
    table = DemandTable()
    problems: dict[Diagnostic, None] = dict.fromkeys(sources.diagnostics)
    jobs: _Job = []
    hidden = {*map(str, sources.hidden), *(f"{team}/" for team in sources.hidden_teams)}
    lost: set[str] = hidden if sources.complete else {""}
    for file in sources.manifests:
        try:
            manifest = read_manifest(file)
        except DiagnosticError as error:
            problems.update(dict.fromkeys(error.diagnostics))
            lost.add(str(file.key or ""))
        else:
            # The demand does not depend on the version, so a wrong one changes no placement.
            unknown = dict.fromkeys(refused_in(sources, manifest.file), Version("unknown", Span(file.name)))
            jobs.append((manifest, unknown | versions_of(sources, manifest.file)))
    batches = [jobs[i : i + _BATCH] for i in range(0, len(jobs), _BATCH)]
    read: dict[str, _Read] = {}  # by file name
    for done, (index, result) in enumerate(pool.run(_read_batch, batches), start=1):
        progress("reading", done, len(batches))
        if isinstance(result, Failure):
            manifest = batches[index][0][0]
            problems[failure_diagnostic(result, manifest.label, Span(manifest.file.name))] = None
            lost.update(str(m.file.key or "") for m, _ in batches[index])
            continue
        for (manifest, _), item in zip(batches[index], result, strict=True):
            problems.update(dict.fromkeys(item.diagnostics))
            read[manifest.file.name] = item
            if any(d.severity == "error" for d in item.diagnostics):
                lost.add(item.key)
    for key, demands in {read[name].key: read[name].demands for name in sorted(read)}.items():
        for cell, demand in demands.items():
            table.add(cell, key.partition("/")[0], demand)
    _keep_homes(table, lock, lost, read.values())
    return ReadDemands(table.demands(), tuple(sorted(problems, key=lambda d: d.sort_key)))


def _keep_homes(table: DemandTable, lock: Lock, lost: Iterable[str], read: Iterable[_Read]) -> None:
    """Add the apps that could not be read to the table without demand, so that they keep their homes in the lock."""
    unknown = set(lost)
    have = {(cell, item.key) for item in read for cell in item.demands}
    for cell, homes in lock.homes.items():
        for key in homes:
            team, _, app = key.partition("/")
            # A manifest that cannot even be attributed might be any app's.
            if (cell, key) not in have and not unknown.isdisjoint({"", key, f"{team}/"}):
                table.add(cell, team, AppDemand(app, TIERS[-1], "home", Resources(), 0))


def _read_batch(fleet: FleetInput, batch: _Job) -> list[_Read]:
    results: list[_Read] = []
    for manifest, versions in batch:
        prepared = prepare(fleet, manifest, versions)
        demands = {}
        for cell, part in {} if prepared.failed else prepared.cells.items():
            spec = orjson.loads(part.spec)
            objects = orjson.loads(part.objects)
            claims = any(item.get("kind") == "PersistentVolumeClaim" for item in objects)
            demands[cell] = app_demand(part.facts, spec, _apis(fleet, cell, spec, objects), claims=claims)
        results.append(_Read(str(prepared.key or ""), demands, prepared.diagnostics))
    return results


def _apis(fleet: FleetInput, cell: Cell, spec: JsonObject, objects: list[JsonObject]) -> frozenset[str]:
    """Return the APIs of an app's objects, except the built-in ones."""
    apis = {str(item.get("apiVersion", "")) for item in objects}
    return frozenset((apis | fleet.systems.apis_of(cell, spec)) - built_in_apis())
