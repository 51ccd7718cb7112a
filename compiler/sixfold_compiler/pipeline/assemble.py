"""The whole tree of a run: every file, and the inventories that name them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sixfold_compiler import __version__
from sixfold_compiler.diagnostics import Diagnostic
from sixfold_compiler.model.base import dump
from sixfold_compiler.model.names import PLATFORM_PROJECT, application_name
from sixfold_compiler.pipeline.digests import deps_digest
from sixfold_compiler.pipeline.render.platform_input import waves
from sixfold_compiler.tree.layout import ROOT, target_of
from sixfold_compiler.tree.seal import BLANK, FIELD, seal
from sixfold_compiler.tree.writer import dump_inventory

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sixfold_compiler.inputs.fleet import FleetInput
    from sixfold_compiler.model.addresses import Cell, Target
    from sixfold_compiler.pipeline.app_state import AppSet, Record, Rendered
    from sixfold_compiler.pipeline.context import Run
    from sixfold_compiler.placement import Placement
    from sixfold_compiler.tree.reader import Previous
    from sixfold_compiler.tree.staging import FileEntry

__all__ = ["Assembly", "assemble"]


@dataclass(frozen=True, slots=True)
class Assembly:
    """The whole tree: every file by path; and its root inventory and cluster inventories as data."""

    files: dict[str, FileEntry]
    diagnostics: tuple[Diagnostic, ...]
    overlays: int
    objects: int
    root: dict[str, Any]
    clusters: dict[str, dict[str, Any]]


def assemble(run: Run, apps: AppSet, rendered: Rendered, *, whole: bool) -> Assembly:
    """All files of the tree with their inventories, staged where they are new."""
    fleet, previous, only = run.workspace.fleet, run.previous, run.only
    files: dict[str, FileEntry] = {}
    problems = list(rendered.diagnostics)
    namespaces = _namespaces(apps)
    clusters, cells = {}, {}
    order = waves(fleet)
    for target, cluster in fleet.targets():
        key = str(target)
        platform = rendered.files.get(key)
        record = previous.clusters.get(key, {})
        if cluster.state == "retired" and whole and only is None:
            continue  # its Secret alone is left, in argocd/
        if platform is None:  # not selected
            platform = {p: previous.files[f"{key}/{p}"] for p in record.get("files", {})}
            if not record:
                continue
        clusters[key] = {
            "apiVersion": "sixfold.dev/v1",
            "kind": "ClusterInventory",
            "environment": target.environment,
            "dataCenter": target.data_center,
            "cluster": target.cluster,
            "region": fleet.model.environments[target.environment].data_centers[target.data_center].region,
            "server": cluster.server,
            "instance": cluster.instance,
            "labels": cluster.labels,
            "application": application_name(target.environment, target.cluster),
            "project": PLATFORM_PROJECT,
            "wave": order[target],
            "input": rendered.inputs.get(key, record.get("input", "")),
            "files": {p: e.record() for p, e in platform.items()},
            "namespaces": _weighted(namespaces.get(key, {}), target, run.placement, record),
        }
        files |= {f"{key}/{p}": e for p, e in platform.items()}
    for state in apps.states.values():
        files |= {p: e for p, e in state.files.items() if str(target_of(p)) in clusters}
    for cell, _ in fleet.cells():
        cells[str(cell)] = {
            "apiVersion": "sixfold.dev/v1",
            "kind": "Facts",
            "environment": cell.environment,
            "dataCenter": cell.data_center,
            "apps": _records(apps, cell, only, fleet),
        }
    if not whole or only is not None:  # what this run did not look at stays as it is
        clusters = {k: v for k, v in previous.clusters.items() if k not in clusters} | clusters
        cells = {k: v for k, v in previous.facts.items() if k not in cells} | cells
        files |= {
            p: e
            for p, e in previous.files.items()
            if str(target_of(p)) in clusters
            and p not in files
            and not any(str(target_of(p)) == str(t) for t, _ in fleet.targets())
        }
    argocd = _argocd(fleet, rendered, previous, files, keep=not whole or only is not None)
    problems += _same_names(clusters)
    staged: dict[str, FileEntry] = {}
    for key, value in clusters.items():
        staged[f"{key}/inventory.json"] = _stage(run, f"{key}/inventory.json", value)
    for key, value in cells.items():
        staged[f"{key}/facts.json"] = _stage(run, f"{key}/facts.json", value)
    root = {
        "apiVersion": "sixfold.dev/v1",
        "kind": "Inventory",
        FIELD: BLANK,
        "fleet": fleet.model.name,
        "compiler": __version__,
        "repository": fleet.data["repository"],
        "clusters": {k: _named(staged[f"{k}/inventory.json"]) for k in clusters},
        "dataCenters": {k: _named(staged[f"{k}/facts.json"]) for k in cells},
        "argocd": argocd,
        "teams": _teams(fleet, clusters),
        "tombstones": [dump(stone) for stone in fleet.tombstones.entries],
        "deletions": fleet.data["deletions"],
    }
    staged[ROOT] = _stage(run, ROOT, root)
    overlays = sum(len(n["apps"]) for c in clusters.values() for n in c["namespaces"].values())
    objects = sum(e.objects for e in files.values())
    return Assembly(files | staged, tuple(problems), overlays, objects, root, clusters)


def _namespaces(apps: AppSet) -> dict[str, dict[str, dict[str, Any]]]:
    found: dict[str, dict[str, dict[str, Any]]] = {}
    for key in sorted(apps.states):
        team, _, name = key.partition("/")
        for path, entry in apps.states[key].files.items():
            environment, data_center, cluster, namespace, _file = path.split("/")
            row = found.setdefault(f"{environment}/{data_center}/{cluster}", {}).setdefault(
                namespace,
                {
                    "team": team,
                    "project": team,
                    "application": application_name(environment, cluster, namespace),
                    "apps": {},
                },
            )
            row["apps"][name] = entry.record() | {
                "application": application_name(environment, cluster, namespace, name)
            }
    return found


def _weighted(
    namespaces: dict[str, dict[str, Any]], target: Target, placement: Placement, record: Mapping[str, Any]
) -> dict[str, dict[str, Any]]:
    for namespace, value in namespaces.items():
        hosts = placement.hosts.get((target.cell, value["team"]), ())
        old = record.get("namespaces", {}).get(namespace, {}).get("weight", 0)
        value["weight"] = next((h.weight for h in hosts if h.cluster == target.cluster), old)
    return namespaces


def _records(apps: AppSet, cell: Cell, only: frozenset[Target] | None, fleet: FleetInput) -> dict[str, Record]:
    partial = only is not None and any(t.cell == cell and t not in only for t, _ in fleet.targets())
    records: dict[str, Record] = {}
    for key, state in sorted(apps.states.items()):
        if state.prepared is not None and cell in state.facts and not partial:
            records[key] = {
                "source": state.source,
                "deps": deps_digest(state.facts, apps.table),
                "cells": sorted(str(c) for c in state.facts),
                "files": dict(state.prepared.files),
                "facts": state.facts[cell],
                "objects": sorted(state.objects.get(cell, ())),
            }
        elif (state.prepared is None or partial) and cell in state.records:
            records[key] = state.records[cell]
    return records


def _argocd(
    fleet: FleetInput, rendered: Rendered, previous: Previous, files: dict[str, FileEntry], *, keep: bool
) -> dict[str, Any]:
    section: dict[str, Any] = dict(previous.root.get("argocd", {})) if keep else {}
    for instance in sorted(fleet.model.argocd.instances):
        unit = f"argocd/{instance}"
        if unit in rendered.files:
            section[instance] = {
                "input": rendered.inputs[unit],
                "files": {p: e.record() for p, e in rendered.files[unit].items()},
            }
            files |= {f"{unit}/{p}": e for p, e in rendered.files[unit].items()}
    for instance, value in section.items():
        if f"argocd/{instance}" not in rendered.files:
            files |= {f"argocd/{instance}/{p}": previous.files[f"argocd/{instance}/{p}"] for p in value["files"]}
    return section


def _teams(fleet: FleetInput, clusters: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    counts: dict[tuple[str, str], int] = {}
    for key, cluster in clusters.items():
        for value in cluster["namespaces"].values():
            where = (value["team"], key.rpartition("/")[0])
            counts[where] = counts.get(where, 0) + 1
    return {
        name: {
            "project": name,
            "unit": team.unit,
            "applications": {str(cell): counts.get((name, str(cell)), 0) for cell in fleet.team_cells(team)},
        }
        for name, team in fleet.model.teams.items()
    }


def _same_names(clusters: Mapping[str, Mapping[str, Any]]) -> list[Diagnostic]:
    problems = []
    owners: dict[str, str] = {}
    for key, cluster in sorted(clusters.items()):
        names = [(cluster["application"], key)]
        for namespace, value in cluster["namespaces"].items():
            names.append((value["application"], f"{key}/{namespace}"))
            names += [(a["application"], f"{key}/{namespace}/{n}") for n, a in value["apps"].items()]
        for name, owner in names:
            if owners.setdefault(name, owner) != owner:
                problems.append(
                    Diagnostic(
                        "SF409",
                        f"two Applications would be named {name}: of {owners[name]} and of {owner}",
                        None,
                        "rename a cluster, environment, team or app so that the joined names differ",
                    )
                )
    return problems


def _stage(run: Run, path: str, value: dict[str, Any]) -> FileEntry:
    old = run.previous.files.get(path)
    data = dump_inventory(value)
    return run.workspace.staging.put(path, seal(data) if path == ROOT else data, 0, old.digest if old else None)


def _named(entry: FileEntry) -> dict[str, Any]:
    return {"digest": entry.digest, "size": entry.size}
