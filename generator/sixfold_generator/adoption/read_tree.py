"""Read a complete tree: the inventories, and every file that they name, by digest and size.

The result is a `Snapshot` without revisions. A tree is accepted completely or not at all.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import orjson

from sixfold_compiler.diagnostics import Diagnostic, DiagnosticError, Span
from sixfold_compiler.model.inventory import ClusterInventory, RootInventory, digest_of
from sixfold_compiler.model.names import BOOTSTRAP
from sixfold_compiler.tree.layout import FACTS, INVENTORY, ROOT, SIGNATURE, is_working_name
from sixfold_compiler.tree.seal import sealed
from sixfold_compiler.tree.strangers import is_of_repository
from sixfold_generator.adoption.inventory import parse
from sixfold_generator.adoption.trust import Trust
from sixfold_generator.state.snapshot import Cluster, Instance, Namespace, Overlay, Snapshot

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from sixfold_generator.adoption.source import Source

__all__ = ["read_tree"]

ANYBODY = Trust()
MAX_INVENTORY = 256 << 20  # bytes; 60,000 namespaces of ten apps come to half of it


def read_tree(source: Source, trust: Trust = ANYBODY) -> tuple[Snapshot, RootInventory]:
    """Read a tree and check every byte of it.

    Args:
        source: The tree.
        trust: The keys of which one must have signed the tree; without keys, none.

    Raises:
        DiagnosticError: SF801 to SF808, and SF813 to SF815, the tree is rejected.
    """
    root = _root(source, trust)
    for cell, entry in root.cells.items():
        _check(source, f"{cell}/{FACTS}", entry.digest, entry.size)
    for instance, files in root.argocd.items():
        for name, entry in files.files.items():
            _check(source, f"argocd/{instance}/{name}", entry.digest, entry.size)
    clusters = {key: _cluster(source, root, key) for key in sorted(root.clusters)}
    _no_strangers(source, root, clusters)
    snapshot = Snapshot(
        fleet=root.fleet,
        compiler=root.compiler,
        commit=source.commit,
        repository=root.repository,
        clusters=clusters,
        teams=root.teams,
        argocd={name: instance.files for name, instance in root.argocd.items()},
        instances={name: _instance(root, name) for name in root.argocd},
    )
    if problems := sorted(_inconsistencies(snapshot)):
        others = f" (and {len(problems) - 10} more)" if len(problems) > 10 else ""
        raise DiagnosticError(
            Diagnostic(
                "SF808",
                problem + (others if number == 9 else ""),
                Span(ROOT),
                help="compile the complete tree again: its inventories contradict each other",
            )
            for number, problem in enumerate(problems[:10])
        )
    return snapshot, root


def _root(source: Source, trust: Trust) -> RootInventory:
    """Read the root inventory; its signature is checked first. Raises SF802, SF803, SF807, SF813, SF814 or SF815."""
    data = source.read(ROOT, MAX_INVENTORY)
    trust.check(source, data)
    root = parse(RootInventory, data, ROOT)
    if not sealed(data):
        raise DiagnosticError(
            Diagnostic(
                "SF803",
                f"{ROOT} was changed after the compile: its checksum does not match",
                Span(ROOT),
                help="compile the tree again, and commit all of it without merging or editing its files",
            )
        )
    trust.check_place(root)
    if source.commit and source.inside != root.repository.path:
        raise DiagnosticError(
            Diagnostic(
                "SF807",
                f"the tree is in the folder {source.inside or '.'} of its repository, "
                f"but its inventory names the folder {root.repository.path or '.'}",
                Span(ROOT),
                help="set repository.path of the fleet to the folder of the tree, where Argo CD reads it",
            )
        )
    return root


def _check(source: Source, path: str, digest: str, size: int) -> bytes:
    """Return the bytes of a file. Raises SF803 if its digest or its size in bytes differs."""
    body = source.read(path, max(size, 1))
    if len(body) != size or digest_of(body) != digest:
        raise DiagnosticError(
            Diagnostic(
                "SF803",
                f"{path} does not have the content that its inventory names",
                Span(path),
                help="compile the tree again, and commit all of it without editing its files",
            )
        )
    return body


def _cluster(source: Source, root: RootInventory, key: str) -> Cluster:
    path = f"{key}/{INVENTORY}"
    entry = root.clusters[key]
    inventory = parse(ClusterInventory, _check(source, path, entry.digest, entry.size), path)
    if key != f"{inventory.environment}/{inventory.data_center}/{inventory.cluster}":
        raise DiagnosticError(
            Diagnostic(
                "SF808",
                f"{path} is the inventory of another cluster",
                Span(path),
                help="compile the complete tree again",
            )
        )
    for name, file in inventory.files.items():
        _check(source, f"{key}/{name}", file.digest, file.size)
    where = [root.repository.url, root.repository.path, key]
    namespaces = {}
    for name, namespace in inventory.namespaces.items():
        for app, overlay in namespace.apps.items():
            _check(source, f"{key}/{name}/{app}.yaml", overlay.digest, overlay.size)
        namespaces[name] = Namespace(
            team=namespace.team,
            project=namespace.project,
            application=namespace.application,
            weight=namespace.weight,
            digest=_folder_digest([*where, name], ((f"{a}.yaml", o.digest) for a, o in namespace.apps.items())),
            apps={
                app: Overlay(overlay.application, overlay.digest, overlay.objects, overlay.size, overlay.holds)
                for app, overlay in namespace.apps.items()
            },
        )
    return Cluster(
        environment=inventory.environment,
        data_center=inventory.data_center,
        region=inventory.region,
        name=inventory.cluster,
        server=inventory.server,
        instance=inventory.instance,
        labels=inventory.labels,
        application=inventory.application,
        project=inventory.project,
        wave=inventory.wave,
        files=inventory.files,
        digest=_folder_digest(where, ((name, file.digest) for name, file in inventory.files.items())),
        namespaces=namespaces,
        identity=inventory.identity,
    )


def _instance(root: RootInventory, name: str) -> Instance:
    where = [root.repository.url, root.repository.path, f"argocd/{name}"]
    return Instance(_folder_digest(where, ((file, entry.digest) for file, entry in root.argocd[name].files.items())))


def _no_strangers(source: Source, root: RootInventory, clusters: Mapping[str, Cluster]) -> None:
    """Reject a file that no inventory names, wherever it is: an Application that reads its folder would deploy it."""
    named = {ROOT, SIGNATURE, *(f"{cell}/{FACTS}" for cell in root.cells)}
    for instance, inventory in root.argocd.items():
        named |= {f"argocd/{instance}/{name}" for name in inventory.files}
    for key, cluster in clusters.items():
        named |= {f"{key}/{INVENTORY}", *(f"{key}/{name}" for name in cluster.files)}
        for namespace, row in cluster.namespaces.items():
            named |= {f"{key}/{namespace}/{app}.yaml" for app in row.apps}
    at_top = [(name, is_folder) for name, is_folder in source.names("") if not is_working_name(name)]
    if any(name == ".git" for name, _ in at_top) or (source.commit and not source.inside):  # the top of a repository
        at_top = [(n, is_folder) for n, is_folder in at_top if not is_of_repository(f"{n}/" if is_folder else n)]
    for path in _files(source, "", at_top):
        if path not in named:
            folder = path.rpartition("/")[0]
            shown = path[:240].encode("ascii", "backslashreplace").decode()
            raise DiagnosticError(
                Diagnostic(
                    "SF805",
                    f"{shown} is in no inventory, and Sixfold did not write it",
                    Span(folder or ROOT),
                    help="delete the file from the tree, and put plain objects into the manifest of the app",
                )
            )


def _files(source: Source, folder: str, entries: Iterable[tuple[str, bool]]) -> Iterator[str]:
    """Yield the path of everything below a folder that is not a folder."""
    for name, is_folder in entries:
        path = f"{folder}/{name}" if folder else name
        if is_folder:
            yield from _files(source, path, source.names(path))
        else:
            yield path


def _folder_digest(where: list[str], files: Iterator[tuple[str, str]]) -> str:
    """Return the digest of what an Application reads: its place and its files. A new digest gives a new revision."""
    return "sha256:" + hashlib.sha256(orjson.dumps([where, sorted(files)])).hexdigest()


def _inconsistencies(tree: Snapshot) -> Iterator[str]:
    """Yield contradictions between the inventories: teams, counts, and Applications with two owners."""
    counted: dict[str, dict[str, int]] = {}
    for cluster, name, namespace in tree.namespaces():
        team = tree.teams.get(namespace.team)
        if team is None:
            yield f"{cluster.key}/{name} belongs to team {namespace.team}, which is not in the root inventory"
        elif team.project != namespace.project:
            yield f"{cluster.key}/{name} has project {namespace.project}, but team {namespace.team} has {team.project}"
        cells = counted.setdefault(namespace.team, {})
        cells[cluster.cell] = cells.get(cluster.cell, 0) + 1
    for name, team in tree.teams.items():
        cells = counted.get(name, {})
        for cell in sorted(team.applications.keys() | cells.keys()):
            if (declared := team.applications.get(cell)) != cells.get(cell, 0):
                yield f"team {name} has {cells.get(cell, 0)} namespaces in {cell}, but the root inventory {declared}"
    owners: dict[str, str] = {BOOTSTRAP: "Argo CD itself"}
    for application, owner in _applications(tree):
        if (other := owners.setdefault(application, owner)) != owner:
            yield f"the Application {application} belongs to {other} and to {owner}"


def _applications(tree: Snapshot) -> Iterator[tuple[str, str]]:
    """Yield every Application with its owner.

    The Applications of apps are deployed where the team's unit is the app. Elsewhere they are only shown, and their
    names must differ among themselves.
    """
    for cluster in tree.clusters.values():
        yield cluster.application, cluster.key
    for cluster, name, namespace in tree.namespaces():
        yield namespace.application, f"{cluster.key}/{name}"
        team = tree.teams.get(namespace.team)
        for app, overlay in namespace.apps.items():
            yield f"{overlay.application} (app)", f"{cluster.key}/{name}/{app}"
            if team is not None and team.unit == "app":
                yield overlay.application, f"{cluster.key}/{name}/{app}"
