"""Find the references out of their namespaces that the manifests of a deploy repo need, as lists of the fleet."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import orjson

from sixfold_compiler.checks.podsecurity import all_pods
from sixfold_compiler.checks.policy.evaluate import breaches, breaches_of_manifest
from sixfold_compiler.checks.policy.lists import FLEET_LISTS, entry_for, lists_of
from sixfold_compiler.checks.policy.rules import operands
from sixfold_compiler.diagnostics import Diagnostic, DiagnosticError, Span
from sixfold_compiler.engine import Failure, Pool
from sixfold_compiler.engine.failures import failure_diagnostic
from sixfold_compiler.inputs.fleet_loader import load_fleet
from sixfold_compiler.inputs.releases import versions_of
from sixfold_compiler.inputs.sources import discover
from sixfold_compiler.kubernetes.objects import parse_object
from sixfold_compiler.manifest.load import read_manifest
from sixfold_compiler.manifest.prepare import prepare
from sixfold_compiler.model.policy import Allow

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from sixfold_compiler.checks.policy.evaluate import Breach
    from sixfold_compiler.inputs.fleet import FleetInput
    from sixfold_compiler.inputs.options import Options
    from sixfold_compiler.inputs.releases import Version
    from sixfold_compiler.manifest.load import ManifestText
    from sixfold_compiler.manifest.prepare import Prepared

__all__ = ["Needs", "find_needs"]

_BATCH = 16  # manifests of one job
_Job = list[tuple["ManifestText", "dict[str, Version]"]]
_Found = tuple[str, set[tuple[str, str]], tuple[Diagnostic, ...]]


@dataclass(frozen=True, slots=True)
class Needs:
    """The entries of lists that manifests need, by team and list, and the problems that no list solves."""

    teams: Mapping[str, Mapping[str, list[str]]]
    diagnostics: tuple[Diagnostic, ...]


def find_needs(options: Options) -> Needs:
    """Return what the manifests of a deploy repo need, as if the fleet allowed nothing yet.

    Raises:
        DiagnosticError: The fleet cannot be read.
    """
    with Pool(1) as pool:
        fleet = load_fleet(options.fleet.resolve(), pool)
    sources = discover(options.paths, options.base, options.out)
    problems: dict[Diagnostic, None] = dict.fromkeys(sources.diagnostics)
    jobs: _Job = []
    for file in sources.manifests:
        try:
            manifest = read_manifest(file)
        except DiagnosticError as error:
            problems.update(dict.fromkeys(error.diagnostics))
        else:
            jobs.append((manifest, versions_of(sources, manifest.file)))
    batches = [jobs[i : i + _BATCH] for i in range(0, len(jobs), _BATCH)]
    teams: dict[str, set[tuple[str, str]]] = {}
    with Pool(options.jobs, context=fleet) as pool:
        for index, result in pool.run(_read_batch, batches):
            if isinstance(result, Failure):
                manifest = batches[index][0][0]
                problems[failure_diagnostic(result, manifest.label, Span(manifest.file.name))] = None
                continue
            for team, entries, diagnostics in result:
                teams.setdefault(team, set()).update(entries)
                problems.update(dict.fromkeys(diagnostics))
    return Needs(
        {team: _by_list(teams[team]) for team in sorted(teams) if teams[team]},
        tuple(sorted(problems, key=lambda d: d.sort_key)),
    )


def _by_list(entries: Iterable[tuple[str, str]]) -> dict[str, list[str]]:
    named = sorted(entries)
    return {name: matches for name in FLEET_LISTS if (matches := [entry for of, entry in named if of == name])}


def _read_batch(fleet: FleetInput, batch: _Job) -> list[_Found]:
    everything = Allow.model_construct(None, **{field: ["*"] for field in FLEET_LISTS.values()})
    open_fleet = replace(fleet, model=fleet.model.model_copy(update={"allow": everything}))
    results: list[_Found] = []
    for manifest, versions in batch:
        prepared = prepare(open_fleet, manifest, versions)
        team = prepared.key.team if prepared.key else ""
        entries = set() if prepared.failed else set(_entries(fleet, team, prepared))
        results.append((team, entries, prepared.diagnostics))
    return results


def _entries(fleet: FleetInput, team: str, prepared: Prepared) -> Iterator[tuple[str, str]]:
    """Yield the name of a list and its entry for each reference of an app."""
    own = fleet.model.teams[team].model_copy(update={"allow": None})
    teams = {**fleet.model.teams, team: own}
    closed = fleet.model.model_copy(update={"allow": None, "teams": teams})
    metadata = {"labels": dict(prepared.labels), "annotations": dict(prepared.annotations)}
    for cell in prepared.cells.values():
        lists = lists_of(closed, team, cell.facts.tier)
        matches: list[Breach] = breaches_of_manifest({"metadata": metadata, "spec": orjson.loads(cell.spec)}, lists)
        for value in orjson.loads(cell.objects):
            item = parse_object(value)
            if item is not None:
                matches += breaches(item, all_pods(item, known=False), lists, words=True)
        for breach in matches:
            for operand in operands(breach.rule.holds):
                if operand.name in FLEET_LISTS and isinstance(breach.value, str):
                    yield operand.name, entry_for(operand.name, breach.value)
