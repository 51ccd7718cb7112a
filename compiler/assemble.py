"""From apps with facts to the files of the tree: rendering, platform objects, inventories."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import orjson

from compiler import __version__
from compiler.appset import deps_digest, failure_diagnostic
from compiler.diagnostics import Diagnostic, Span
from compiler.engine import Failure
from compiler.fleet import Cell, Target
from compiler.names import PLATFORM_PROJECT, application_name
from compiler.overlays import AppJob, CellJob, render_app, render_entry, resolved_address
from compiler.platform import argocd_input, cluster_input, services_of
from compiler.roads import resolve
from compiler.tree import ROOT, dump_inventory, trusted

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from compiler.appset import AppSet, AppState, Record
    from compiler.engine import Pool
    from compiler.overlays import AppResult, Workspace
    from compiler.placement import Placement
    from compiler.roads import Facts
    from compiler.staging import FileEntry
    from compiler.tree import Previous

__all__ = ["Assembly", "Rendered", "assemble", "render_apps", "render_platform"]

Progress = "Callable[[str, int, int], None]"


@dataclass(slots=True)
class Rendered:
    """Platform files by unit (`env/dc/cluster` or `argocd/<instance>`) and file name, with each unit's input digest."""

    files: dict[str, dict[str, FileEntry]] = field(default_factory=dict)
    inputs: dict[str, str] = field(default_factory=dict)
    diagnostics: list[Diagnostic] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Assembly:
    """The whole tree: every file by path."""

    files: dict[str, FileEntry]
    diagnostics: tuple[Diagnostic, ...]
    overlays: int
    objects: int


def render_apps(
    workspace: Workspace, apps: AppSet, previous: Previous, placement: Placement, out: Path, only: frozenset[Target] | None,
    pool: Pool, progress: Callable[[str, int, int], None],
) -> int:  # fmt: skip
    """Render every prepared app; each one's files are in its state afterwards. The number of apps evaluated."""
    states: list[AppState] = []
    jobs: list[AppJob] = []
    for state in sorted(apps.states.values(), key=lambda s: s.key):
        if state.prepared is None:
            continue
        job, problems = _job(workspace, apps, state, previous, placement, out, only)
        if problems:
            apps.fail(state, *problems)
            continue
        states.append(state)
        jobs.append(job)
    for done, (index, result) in enumerate(pool.run(render_app, jobs), start=1):
        progress("compiling", done, len(jobs))
        state, job = states[index], jobs[index]
        if isinstance(result, Failure):
            apps.fail(state, failure_diagnostic(result, state.key, job.span))
            continue
        app: AppResult = result
        if any(d.severity == "error" for d in app.diagnostics):
            apps.fail(state, *app.diagnostics)
            continue
        apps.diagnostics += [d for d in app.diagnostics if d not in apps.diagnostics]
        kept = {p: e for p, e in state.files.items() if only is not None and _target_of(p) not in only}
        state.files = kept | app.files
    return len(jobs)


def render_platform(
    workspace: Workspace, apps: AppSet, previous: Previous, placement: Placement, out: Path, only: frozenset[Target] | None,
    pool: Pool, progress: Callable[[str, int, int], None], *, verify: bool,
) -> Rendered:  # fmt: skip
    """The platform's own files of every selected cluster and Argo CD instance; unchanged ones are not evaluated."""
    rendered = Rendered()
    fleet = workspace.fleet
    written = 0 if verify else previous.written
    units: list[tuple[str, str, bytes]] = []
    waves = _waves(fleet.targets())
    services = {cell: services_of(fleet, cell, apps.table.get(cell, {})) for cell, _ in fleet.cells()}
    for target, _ in fleet.targets():
        if only is None or target in only:
            tiers = _tiers(apps.table.get(target.cell, {}))
            value = cluster_input(fleet, placement, target, services[target.cell], tiers)
            units.append(("cluster", str(target), orjson.dumps(value, option=orjson.OPT_SORT_KEYS)))
    for instance in sorted(fleet.fleet.argocd.instances):
        if only is None:
            names = sorted({str(waves[t]) for t, c in fleet.targets() if c.instance == instance}, key=int)
            value = argocd_input(fleet, placement, instance, names)
            units.append(("argocd", f"argocd/{instance}", orjson.dumps(value, option=orjson.OPT_SORT_KEYS)))
    library = f"{__version__}\0{fleet.library.digest}\0".encode()
    jobs = []
    for entry, unit, payload in units:
        rendered.inputs[unit] = "sha256:" + hashlib.sha256(library + payload).hexdigest()
        record, files = _previous_unit(previous, unit)
        if record.get("input") == rendered.inputs[unit] and all(trusted(out, f"{unit}/{p}", e, written) for p, e in files.items()):
            rendered.files[unit] = files
        else:
            known = {p: e.digest for p, e in files.items() if trusted(out, f"{unit}/{p}", e, written)}
            jobs.append((entry, unit, payload, known))
    for done, (index, result) in enumerate(pool.run(render_entry, jobs), start=1):
        progress("platform", done, len(jobs))
        unit = jobs[index][1]
        if isinstance(result, Failure):
            problem = failure_diagnostic(result, unit, Span(f"{fleet.name}/fleet.jsonnet"))
            rendered.diagnostics.append(Diagnostic(problem.code, problem.message, problem.span, problem.help, detail=problem.detail))
        elif isinstance(result, Diagnostic):
            rendered.diagnostics.append(result)
        else:
            rendered.files[unit] = result
    return rendered


def assemble(
    workspace: Workspace, apps: AppSet, rendered: Rendered, previous: Previous, placement: Placement,
    only: frozenset[Target] | None, *, whole: bool,
) -> Assembly:  # fmt: skip
    """All files of the tree with their inventories, staged where they are new."""
    fleet = workspace.fleet
    files: dict[str, FileEntry] = {}
    problems = list(rendered.diagnostics)
    namespaces = _namespaces(fleet, apps)
    clusters, cells = {}, {}
    waves = _waves(fleet.targets())
    for target, cluster in fleet.targets():
        key = str(target)
        platform = rendered.files.get(key)
        record = previous.clusters.get(key, {})
        if platform is None:  # not selected
            platform = {p: previous.files[f"{key}/{p}"] for p in record.get("files", {})}
            if not record:
                continue
        clusters[key] = {
            "apiVersion": "sixfold.dev/v1", "kind": "ClusterInventory",
            "environment": target.environment, "dataCenter": target.data_center, "cluster": target.cluster,
            "region": fleet.fleet.environments[target.environment].data_centers[target.data_center].region,
            "server": cluster.server, "instance": cluster.instance, "labels": cluster.labels,
            "application": application_name(target.environment, target.cluster),
            "project": PLATFORM_PROJECT, "wave": waves[target],
            "input": rendered.inputs.get(key, record.get("input", "")),
            "files": {p: e.record() for p, e in platform.items()},
            "namespaces": _weighted(namespaces.get(key, {}), target, placement, record),
        }  # fmt: skip
        files |= {f"{key}/{p}": e for p, e in platform.items()}
    for state in apps.states.values():
        files |= {p: e for p, e in state.files.items() if str(_target_of(p)) in clusters}
    for cell, _ in fleet.cells():
        cells[str(cell)] = {
            "apiVersion": "sixfold.dev/v1", "kind": "Facts",
            "environment": cell.environment, "dataCenter": cell.data_center,
            "apps": _records(apps, cell, only, fleet.targets()),
        }  # fmt: skip
    if not whole or only is not None:  # what this run did not look at stays as it is
        clusters = {k: v for k, v in previous.clusters.items() if k not in clusters} | clusters
        cells = {k: v for k, v in previous.facts.items() if k not in cells} | cells
        files |= {p: e for p, e in previous.files.items() if str(_target_of(p)) in clusters and p not in files
                  and not any(str(_target_of(p)) == str(t) for t, _ in fleet.targets())}  # fmt: skip
    argocd = _argocd(fleet, rendered, previous, files, keep=not whole or only is not None)
    problems += _same_names(clusters)
    staged: dict[str, FileEntry] = {}
    for key, value in clusters.items():
        staged[f"{key}/inventory.json"] = _stage(workspace, f"{key}/inventory.json", value, previous)
    for key, value in cells.items():
        staged[f"{key}/facts.json"] = _stage(workspace, f"{key}/facts.json", value, previous)
    root = {
        "apiVersion": "sixfold.dev/v1", "kind": "Inventory", "fleet": fleet.fleet.name, "compiler": __version__,
        "repository": fleet.data["repository"],
        "clusters": {k: _named(staged[f"{k}/inventory.json"]) for k in clusters},
        "dataCenters": {k: _named(staged[f"{k}/facts.json"]) for k in cells},
        "argocd": argocd,
        "teams": _teams(fleet, clusters),
        "tombstones": fleet.data["tombstones"],
    }  # fmt: skip
    staged[ROOT] = _stage(workspace, ROOT, root, previous)
    overlays = sum(len(n["apps"]) for c in clusters.values() for n in c["namespaces"].values())
    objects = sum(e.objects for e in files.values())
    return Assembly(files | staged, tuple(problems), overlays, objects)


def _job(
    workspace: Workspace, apps: AppSet, state: AppState, previous: Previous, placement: Placement, out: Path,
    only: frozenset[Target] | None,
) -> tuple[AppJob, list[Diagnostic]]:  # fmt: skip
    prepared = state.prepared
    assert prepared is not None  # noqa: S101 - the caller's condition
    problems: list[Diagnostic] = []
    cells = []
    for cell, cell_spec in sorted(prepared.cells.items()):
        facts = state.facts[cell]
        spec = orjson.loads(cell_spec.spec)
        resolved, found = resolve(workspace.fleet, facts, spec.get("calls", []), cell,
                                  lambda where: apps.table.get(where, {}), cell_spec.call_spans)  # fmt: skip
        problems += [d for d in found if d not in problems]
        for name, span in resolved.direct:
            missing = sorted(set(facts["clusters"]) - set(apps.table[cell][name]["clusters"]))
            if missing:
                problems.append(Diagnostic(
                    "SF408", f"{name} does not run on {', '.join(missing)} in {cell}, where {state.key} calls it directly",
                    span, f"a direct call stays inside one cluster: {name} takes spread: every, or the call an intra-dc road",
                    app=state.key,
                ))  # fmt: skip
        problems += [d for d in _bad_references(spec, resolved, state.key, prepared.span) if d not in problems]
        cells.append(CellJob(cell, cell_spec.spec, cell_spec.objects, facts, placement.hosts[cell, facts["team"]], resolved))
    known = {p: e.digest for p, e in state.files.items() if trusted(out, p, e, previous.written)}
    return AppJob(state.key, prepared.metadata, tuple(cells), known, only, prepared.span), problems


def _bad_references(spec: dict[str, Any], resolved: Any, key: str, span: Span | None) -> list[Diagnostic]:
    problems = []
    for body in (spec, *spec.get("containers", []), *spec.get("initContainers", [])):
        for entry in body.get("env", []):
            ref = entry.get("valueFrom", {}).get("callRef")
            if ref is None:
                continue
            try:
                resolved_address(ref, resolved)
            except (KeyError, StopIteration):
                problems.append(Diagnostic(
                    "SF406", f"env {entry['name']} refers to {ref['app']}"
                    + (f", port {ref['port']}" if "port" in ref else "") + ", which spec.calls does not reach", span,
                    f"add app: {ref['app']} to spec.calls, and name a port that it has", app=key,
                ))  # fmt: skip
    return problems


def _target_of(path: str) -> Target:
    environment, data_center, cluster = path.split("/", 3)[:3]
    return Target(environment, data_center, cluster)


def _waves(targets: Any) -> dict[Target, int]:
    """A cluster's place in its data center, from 1: a change can go through one cluster of a DC after the other."""
    counts: dict[Cell, int] = {}
    waves = {}
    for target, _ in targets:
        waves[target] = counts[target.cell] = counts.get(target.cell, 0) + 1
    return waves


def _tiers(facts: Mapping[str, Facts]) -> dict[str, str]:
    tiers: dict[str, str] = {}
    for app in facts.values():
        tiers[app["team"]] = min(tiers.get(app["team"], "P2"), app["tier"])
    return tiers


def _previous_unit(previous: Previous, unit: str) -> tuple[dict[str, Any], dict[str, FileEntry]]:
    head, _, instance = unit.partition("/")
    record = previous.root.get("argocd", {}).get(instance, {}) if head == "argocd" else previous.clusters.get(unit, {})
    return record, {p: previous.files[f"{unit}/{p}"] for p in record.get("files", {})}


def _namespaces(fleet: Any, apps: AppSet) -> dict[str, dict[str, dict[str, Any]]]:
    found: dict[str, dict[str, dict[str, Any]]] = {}
    for key in sorted(apps.states):
        team, _, name = key.partition("/")
        for path, entry in apps.states[key].files.items():
            environment, data_center, cluster, namespace, _file = path.split("/")
            row = found.setdefault(f"{environment}/{data_center}/{cluster}", {}).setdefault(namespace, {
                "team": team, "project": team, "application": application_name(environment, cluster, namespace), "apps": {},
            })  # fmt: skip
            row["apps"][name] = entry.record() | {"application": application_name(environment, cluster, namespace, name)}
    return found


def _weighted(
    namespaces: dict[str, dict[str, Any]], target: Target, placement: Placement, record: Mapping[str, Any]
) -> dict[str, dict[str, Any]]:
    for namespace, value in namespaces.items():
        hosts = placement.hosts.get((target.cell, value["team"]), ())
        old = record.get("namespaces", {}).get(namespace, {}).get("weight", 0)
        value["weight"] = next((h.weight for h in hosts if h.cluster == target.cluster), old)
    return namespaces


def _records(apps: AppSet, cell: Cell, only: frozenset[Target] | None, targets: Any) -> dict[str, Record]:
    partial = only is not None and any(t.cell == cell and t not in only for t, _ in targets)
    records: dict[str, Record] = {}
    for key, state in sorted(apps.states.items()):
        if state.prepared is not None and cell in state.facts and not partial:
            records[key] = {"source": state.source, "deps": deps_digest(state.facts, apps.table),
                            "files": dict(state.prepared.files), "facts": state.facts[cell]}  # fmt: skip
        elif (state.prepared is None or partial) and cell in state.records:
            records[key] = state.records[cell]
    return records


def _argocd(fleet: Any, rendered: Rendered, previous: Previous, files: dict[str, FileEntry], *, keep: bool) -> dict[str, Any]:
    section: dict[str, Any] = dict(previous.root.get("argocd", {})) if keep else {}
    for instance in sorted(fleet.fleet.argocd.instances):
        unit = f"argocd/{instance}"
        if unit in rendered.files:
            section[instance] = {"input": rendered.inputs[unit], "files": {p: e.record() for p, e in rendered.files[unit].items()}}
            files |= {f"{unit}/{p}": e for p, e in rendered.files[unit].items()}
    for instance, value in section.items():
        if f"argocd/{instance}" not in rendered.files:
            files |= {f"argocd/{instance}/{p}": previous.files[f"argocd/{instance}/{p}"] for p in value["files"]}
    return section


def _teams(fleet: Any, clusters: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    counts: dict[tuple[str, str], int] = {}
    for key, cluster in clusters.items():
        for value in cluster["namespaces"].values():
            where = (value["team"], key.rpartition("/")[0])
            counts[where] = counts.get(where, 0) + 1
    return {
        name: {"project": name, "unit": team.unit,
               "applications": {str(cell): counts.get((name, str(cell)), 0) for cell in fleet.team_cells(team)}}
        for name, team in fleet.fleet.teams.items()
    }  # fmt: skip


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
                problems.append(Diagnostic("SF409", f"two Applications would be named {name}: of {owners[name]} and of {owner}", None,
                                           "rename a cluster, environment, team or app so that the joined names differ"))  # fmt: skip
    return problems


def _stage(workspace: Workspace, path: str, value: dict[str, Any], previous: Previous) -> FileEntry:
    old = previous.files.get(path)
    return workspace.staging.put(path, dump_inventory(value), 0, old.digest if old else None)


def _named(entry: FileEntry) -> dict[str, Any]:
    return {"digest": entry.digest, "size": entry.size}
