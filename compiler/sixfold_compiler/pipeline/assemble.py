"""Assemble the new overlay tree of a compile: every file, and the inventories that list the files."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from sixfold_compiler import __version__
from sixfold_compiler.diagnostics import Diagnostic
from sixfold_compiler.inputs.build import build_identity
from sixfold_compiler.model.certificates import authorities
from sixfold_compiler.model.facts import AppRecord
from sixfold_compiler.model.inventory import (
    API_VERSION,
    CellFacts,
    ClusterInventory,
    FileEntry,
    FileRef,
    InstanceInventory,
    NamespaceEntry,
    OverlayEntry,
    RepositoryEntry,
    RootInventory,
    TeamEntry,
)
from sixfold_compiler.model.names import BOOTSTRAP, PLATFORM_PROJECT, application_name
from sixfold_compiler.pipeline.app_state import RenderedApp
from sixfold_compiler.pipeline.render.platform_input import waves
from sixfold_compiler.tree.layout import FACTS, INVENTORY, ROOT
from sixfold_compiler.tree.seal import BLANK, seal

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sixfold_compiler.inputs.fleet import FleetInput
    from sixfold_compiler.model.addresses import Cell, Target
    from sixfold_compiler.model.fleet import Cluster
    from sixfold_compiler.pipeline.app_state import Apps
    from sixfold_compiler.pipeline.context import CompileContext
    from sixfold_compiler.pipeline.render.platform import Rendered

__all__ = ["Assembly", "assemble"]

Overlays = dict[str, OverlayEntry]  # by app


@dataclass(frozen=True, slots=True)
class Assembly:
    """The new tree in memory: every file by path, the root inventory, and the inventories by cluster."""

    files: dict[str, FileEntry]
    diagnostics: tuple[Diagnostic, ...]
    overlays: int
    objects: int
    root: RootInventory
    clusters: dict[str, ClusterInventory]


def assemble(context: CompileContext, apps: Apps, rendered: Rendered, *, complete: bool) -> Assembly:
    """Return the files of clusters, apps and Argo CD instances with their inventories; stage changed inventories.

    Args:
        context: The context of the compile.
        apps: All apps in their final states.
        rendered: The files of the platform.
        complete: Whether every manifest was read. If not, or if only some clusters are selected, the rest of the tree
            stays unchanged.
    """
    partial = not complete or context.only is not None
    files: dict[str, FileEntry] = {}
    clusters = _clusters(context, apps, rendered, files, partial=partial)
    facts = _facts(context, apps)
    if partial:
        clusters, facts = _kept(context, clusters, facts, files)
    argocd = _argocd(context, rendered, files, partial=partial)
    objects = sum(entry.objects for entry in files.values())
    for key, inventory in clusters.items():
        files[f"{key}/{INVENTORY}"] = _inventory(context, key, INVENTORY, inventory, context.previous.clusters.get(key))
    for cell, records in facts.items():
        files[f"{cell}/{FACTS}"] = _inventory(context, cell, FACTS, records, context.previous.facts.get(cell))
    root = _root(context, clusters, facts, argocd, files)
    files[ROOT] = _stage(context, ROOT, seal(root.to_bytes()))
    overlays = sum(len(row.apps) for cluster in clusters.values() for row in cluster.namespaces.values())
    problems = (*rendered.diagnostics, *_name_conflicts(clusters))
    return Assembly(files, problems, overlays, objects, root, clusters)


def _clusters(
    context: CompileContext, apps: Apps, rendered: Rendered, files: dict[str, FileEntry], *, partial: bool
) -> dict[str, ClusterInventory]:
    """Return the inventory of each cluster by key, and add the files of the clusters to `files`."""
    fleet, previous = context.fleet, context.previous
    overlays = _overlays(apps)
    order = waves(fleet)
    clusters: dict[str, ClusterInventory] = {}
    for target, cluster in fleet.targets():
        key = str(target)
        if cluster.state == "retired" and not partial:
            continue  # only the cluster's Secret is left, in argocd/
        record = previous.clusters.get(key)
        platform = rendered.files.get(key)
        if platform is None:  # not selected, or not rendered
            if record is None:
                continue
            platform = {path: previous.files[f"{key}/{path}"] for path in record.files}
        inventory = _cluster(fleet, target, cluster, platform, order[target])
        clusters[key] = replace(
            inventory,
            input=rendered.inputs.get(key, record.input if record else ""),
            namespaces=_namespaces(context, target, overlays.get(key, {}), record),
        )
        files |= {f"{key}/{path}": entry for path, entry in platform.items()}
    for state in apps.states.values():
        files |= {path: entry for path, entry in state.files.items() if _cluster_key(path) in clusters}
    return clusters


def _cluster(
    fleet: FleetInput, target: Target, cluster: Cluster, platform: Mapping[str, FileEntry], wave: int
) -> ClusterInventory:
    """Return the inventory of a cluster without its namespaces."""
    return ClusterInventory(
        api_version=API_VERSION,
        kind="ClusterInventory",
        environment=target.environment,
        data_center=target.data_center,
        cluster=target.cluster,
        region=fleet.model.data_center(target.cell).region,
        server=cluster.server,
        instance=cluster.instance,
        labels=cluster.labels,
        application=application_name(target.environment, target.cluster),
        project=PLATFORM_PROJECT,
        wave=wave,
        files=_recorded(platform),
        namespaces={},
        identity=_identity(cluster),
    )


def _identity(cluster: Cluster) -> dict[str, str]:
    """Return what a cluster is known by beside its server and its region, without what the fleet does not state."""
    fields = {
        "eks": cluster.eks.name,
        "account": cluster.eks.role_arn.split(":")[4],
        "ca": authorities(cluster.eks.ca_data),
    }
    return {name: value for name, value in fields.items() if value}


def _overlays(apps: Apps) -> dict[str, dict[str, tuple[str, Overlays]]]:
    """Return the owner team and the overlays of each namespace, by cluster and namespace."""
    clusters: dict[str, dict[str, tuple[str, Overlays]]] = {}
    for key in sorted(apps.states):
        team, name = key.team, key.name
        for path, entry in apps.states[key].files.items():
            environment, data_center, cluster, namespace, _ = path.split("/")
            namespaces = clusters.setdefault(f"{environment}/{data_center}/{cluster}", {})
            _, overlays = namespaces.setdefault(namespace, (team, {}))
            overlays[name] = _overlay(entry, application_name(environment, cluster, namespace, name))
    return clusters


def _overlay(entry: FileEntry, application: str) -> OverlayEntry:
    if isinstance(entry, OverlayEntry) and entry.application == application:
        return entry  # unchanged since the previous run
    return OverlayEntry(entry.digest, entry.size, entry.objects, application, holds=entry.holds)


def _namespaces(
    context: CompileContext,
    target: Target,
    overlays: Mapping[str, tuple[str, Overlays]],
    record: ClusterInventory | None,
) -> dict[str, NamespaceEntry]:
    """Return the namespaces of a cluster. A namespace that the lock no longer places keeps its weight."""
    namespaces: dict[str, NamespaceEntry] = {}
    for name, (team, apps) in overlays.items():
        old = record.namespaces.get(name) if record else None
        hosts = context.placement.hosts.get((target.cell, team), ())
        weight = next((host.weight for host in hosts if host.cluster == target.cluster), old.weight if old else 0)
        application = application_name(target.environment, target.cluster, name)
        namespaces[name] = NamespaceEntry(team, team, application, weight, apps)
    return namespaces


def _facts(context: CompileContext, apps: Apps) -> dict[str, CellFacts]:
    """Return the content of the facts file of each cell of the fleet."""
    fleet = context.fleet
    unselected = {target.cell for target, _ in fleet.targets() if not context.selects(target)}
    return {
        str(cell): CellFacts(
            API_VERSION, "Facts", cell.environment, cell.data_center, _records(apps, cell, keep=cell in unselected)
        )
        for cell, _ in fleet.cells()
    }


def _records(apps: Apps, cell: Cell, *, keep: bool) -> dict[str, AppRecord]:
    """Return the records of a cell's apps by key. With `keep`, recorded apps keep their previous records."""
    records: dict[str, AppRecord] = {}
    for key, app in apps.states.items():
        if isinstance(app, RenderedApp) and cell in app.facts and not keep and cell not in app.kept:
            records[str(key)] = AppRecord(
                source=app.source,
                deps=app.deps,
                cells=tuple(sorted(str(c) for c in app.facts)),
                files=dict(app.prepared.files),
                facts=app.facts[cell],
                objects=tuple(sorted(app.objects.get(cell, ()))),
                version=app.prepared.cells[cell].version,
            )
        elif (not isinstance(app, RenderedApp) or keep or cell in app.kept) and cell in app.tree.records:
            records[str(key)] = app.tree.records[cell]
    return records


def _kept(
    context: CompileContext,
    clusters: dict[str, ClusterInventory],
    facts: dict[str, CellFacts],
    files: dict[str, FileEntry],
) -> tuple[dict[str, ClusterInventory], dict[str, CellFacts]]:
    """Add the previous inventories and facts of clusters and cells that have left the fleet; return all of both.

    Only a compile of the complete tree may delete them. Until then their files stay, and are added to `files`.
    """
    previous = context.previous
    in_fleet = {str(target) for target, _ in context.fleet.targets()}
    clusters = {key: value for key, value in previous.clusters.items() if key not in clusters} | clusters
    facts = {cell: value for cell, value in previous.facts.items() if cell not in facts} | facts
    for path, entry in previous.files.items():
        key = _cluster_key(path)
        if key in clusters and key not in in_fleet and path not in files:
            files[path] = entry
    return clusters, facts


def _argocd(
    context: CompileContext, rendered: Rendered, files: dict[str, FileEntry], *, partial: bool
) -> dict[str, InstanceInventory]:
    """Return the inventory of each Argo CD instance by name, and add the files of the instances to `files`."""
    previous = context.previous
    section = dict(previous.argocd) if partial else {}
    for instance in sorted(context.fleet.model.argocd.instances):
        unit = f"argocd/{instance}"
        if unit in rendered.files:
            section[instance] = InstanceInventory(_recorded(rendered.files[unit]), rendered.inputs[unit])
            files |= {f"{unit}/{path}": entry for path, entry in rendered.files[unit].items()}
    for instance, inventory in section.items():
        unit = f"argocd/{instance}"
        if unit not in rendered.files:
            files |= {f"{unit}/{path}": previous.files[f"{unit}/{path}"] for path in inventory.files}
    return section


def _root(
    context: CompileContext,
    clusters: Mapping[str, ClusterInventory],
    facts: Mapping[str, CellFacts],
    argocd: Mapping[str, InstanceInventory],
    files: Mapping[str, FileEntry],
) -> RootInventory:
    """Return the root inventory, with a blank checksum to be filled when the bytes are sealed."""
    fleet = context.fleet
    repository = fleet.model.repository
    return RootInventory(
        api_version=API_VERSION,
        kind="Inventory",
        checksum=BLANK,
        fleet=fleet.model.name,
        compiler=__version__,
        build=build_identity(),
        repository=RepositoryEntry(repository.url, repository.branch, repository.path),
        clusters={key: _reference(files[f"{key}/{INVENTORY}"]) for key in clusters},
        cells={cell: _reference(files[f"{cell}/{FACTS}"]) for cell in facts},
        argocd=argocd,
        teams=_teams(fleet, clusters),
        tombstones=tuple(fleet.tombstones.entries),
        deletions=fleet.model.deletions,
    )


def _teams(fleet: FleetInput, clusters: Mapping[str, ClusterInventory]) -> dict[str, TeamEntry]:
    counts: dict[tuple[str, str], int] = {}
    for key, cluster in clusters.items():
        cell = key.rpartition("/")[0]
        for row in cluster.namespaces.values():
            counts[row.team, cell] = counts.get((row.team, cell), 0) + 1
    return {
        name: TeamEntry(
            name, team.unit, {str(cell): counts.get((name, str(cell)), 0) for cell in fleet.team_cells(team)}
        )
        for name, team in fleet.model.teams.items()
    }


def _name_conflicts(clusters: Mapping[str, ClusterInventory]) -> list[Diagnostic]:
    """Return an SF409 for each Argo CD Application name that more than one cluster, namespace or app uses."""
    problems = []
    owners: dict[str, str] = {BOOTSTRAP: "Argo CD itself"}
    for key, cluster in sorted(clusters.items()):
        names = [(cluster.application, key)]
        for namespace, row in cluster.namespaces.items():
            names.append((row.application, f"{key}/{namespace}"))
            names += [(entry.application, f"{key}/{namespace}/{app}") for app, entry in row.apps.items()]
        for name, owner in names:
            if owners.setdefault(name, owner) != owner:
                problems.append(
                    Diagnostic(
                        "SF409",
                        f"two Applications would have the name {name!r}: those of {owners[name]} and of {owner}",
                        None,
                        "rename a cluster, environment, team or app, so that the joined names differ",
                    )
                )
    return problems


def _inventory(
    context: CompileContext,
    folder: str,
    name: str,
    value: ClusterInventory | CellFacts,
    before: ClusterInventory | CellFacts | None,
) -> FileEntry:
    """Return the file entry of an inventory. An inventory equal to the previous one is neither encoded nor staged."""
    path = f"{folder}/{name}"
    if value == before and folder not in context.previous.torn and not context.fresh:
        return context.previous.files[path]
    return _stage(context, path, value.to_bytes())


def _stage(context: CompileContext, path: str, data: bytes) -> FileEntry:
    old = context.previous.files.get(path)
    return context.workspace.staging.put(path, data, 0, old.digest if old else None)


def _recorded(files: Mapping[str, FileEntry]) -> dict[str, FileEntry]:
    """Return the entries without the names of staged files, as inventories record them."""
    return {
        path: FileEntry(entry.digest, entry.size, entry.objects, holds=entry.holds) for path, entry in files.items()
    }


def _reference(entry: FileEntry) -> FileRef:
    return FileRef(entry.digest, entry.size)


def _cluster_key(path: str) -> str:
    """Return the cluster key (`env/dc/cluster`) of a path in the tree.

    A path above the cluster folders returns a text that equals no cluster's key.
    """
    return "/".join(path.split("/", 3)[:3])
