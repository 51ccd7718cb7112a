"""Read the overlay tree of the previous compile: its inventories, the files that it owns, and what is torn."""

from __future__ import annotations

import os
import stat
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import orjson

from sixfold_compiler.diagnostics import Diagnostic
from sixfold_compiler.model.inventory import FileEntry, digest_of
from sixfold_compiler.tree.layout import FACTS, INVENTORY, JOURNAL, ROOT, overlay_path
from sixfold_compiler.tree.salvage import (
    UNKNOWN,
    Sections,
    is_foreign,
    is_safe,
    read_cluster,
    read_facts,
    read_root,
    safe_records,
)
from sixfold_compiler.tree.seal import sealed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from pathlib import Path

    from sixfold_compiler.model.facts import AppRecord
    from sixfold_compiler.model.inventory import CellFacts, ClusterInventory, InstanceInventory, TeamEntry

__all__ = ["Previous", "read_file", "read_previous", "torn_problem", "trusted"]


@dataclass(frozen=True, slots=True)
class Previous:
    """The overlay tree as the previous compile left it; empty if there is no tree.

    `clusters` and `facts` are the inventories by cluster and the facts files by cell; `argocd` and `teams` are sections
    of the root inventory. `files` are all files that Sixfold owns, including the inventories. A file older than
    `written` (in nanoseconds) has the content that its inventory names, unless somebody set its time back.

    `torn` are the folders whose inventories do not match the digests that name them ("" for the complete tree). Their
    contents are used only where nothing better exists, and every app is compiled again. `unguarded` are torn clusters
    whose inventories lack data that the deletion guard compares. `unfinished` is true if a compile was killed while it
    wrote.
    """

    exists: bool = False
    clusters: Mapping[str, ClusterInventory] = field(default_factory=dict)
    facts: Mapping[str, CellFacts] = field(default_factory=dict)
    argocd: Mapping[str, InstanceInventory] = field(default_factory=dict)
    teams: Mapping[str, TeamEntry] = field(default_factory=dict)
    files: Mapping[str, FileEntry] = field(default_factory=dict)
    written: int = 0
    torn: tuple[str, ...] = ()
    unguarded: frozenset[str] = frozenset()
    unfinished: bool = False

    def owns(self, path: str) -> bool:
        """Return whether a compile may overwrite `path`: the tree lists the file, or its folder's inventory is torn."""
        return path in self.files or any(path.startswith(f"{unit}/") or not unit for unit in self.torn)


def read_previous(out: Path) -> Previous:
    """Read the inventories of a tree, even if some are damaged or missing."""
    reading = _Reading(out)
    root = reading.root()
    clusters = {key: value for key, value in reading.clusters(root.clusters) if value is not None}
    facts = {key: value for key, value in reading.facts(root.cells) if value is not None}
    argocd = dict(reading.argocd(root.argocd))
    reading.own_overlays(facts)
    unfinished = os.path.lexists(f"{out}/{JOURNAL}")
    return Previous(
        exists=reading.exists,
        clusters=clusters,
        facts=facts,
        argocd=argocd,
        teams=root.teams,
        files=reading.files,
        written=0 if reading.torn or unfinished else _written(out),
        torn=tuple(sorted(reading.torn)),
        unguarded=frozenset(reading.unguarded),
        unfinished=unfinished,
    )


def trusted(out: Path, path: str, entry: FileEntry, written: int) -> bool:
    """Return whether a file of the tree still has the content that its inventory names.

    Size and modification time decide, as in git's index. The file is read only if it changed after the root inventory
    was written.
    """
    try:
        status = os.lstat(f"{out}/{path}")
    except OSError:
        return False
    if not stat.S_ISREG(status.st_mode) or status.st_size != entry.size:
        return False
    if status.st_mtime_ns < written:
        return True
    data = read_file(out / path)
    return data is not None and digest_of(data) == entry.digest


def read_file(path: Path) -> bytes | None:
    """Return the bytes of a regular file; None for a link, a device, a folder, or a file that cannot be read."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:
        return None
    try:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            return None
        with os.fdopen(descriptor, "rb", closefd=False) as stream:
            return stream.read()
    except OSError:
        return None
    finally:
        os.close(descriptor)


def torn_problem(previous: Previous) -> Diagnostic:
    """Build the diagnostic (SF705) that rejects a partial compile because the tree is torn."""
    place = next((f" of {unit}" for unit in previous.torn if unit), "")
    return Diagnostic(
        "SF705",
        f"the inventories{place} do not match the tree: a run was killed, or files were edited",
        None,
        "run `sixfold compile` without PATH and --only, which repairs the tree",
    )


class _Reading:
    """The state of one reading of a tree: collects the owned files and the torn folders."""

    def __init__(self, out: Path) -> None:
        self._out = out
        self._safe = _SafeParts()
        self.exists = False
        self.files: dict[str, FileEntry] = dict.fromkeys(_journal(out), UNKNOWN)
        self.torn: set[str] = set()
        self.unguarded: set[str] = set()

    def root(self) -> Sections:
        """Read the root inventory. If it is not valid, return every inventory found in the tree."""
        data = read_file(self._out / ROOT)
        sections = read_root(data) if data is not None else None
        if data is not None:
            self.files[ROOT] = FileEntry(digest_of(data), len(data), 0)
        self.exists = sections is not None
        if data is not None and sections is not None and sealed(data):
            return sections
        folders = self._folders(f"*/*/*/{INVENTORY}"), self._folders(f"*/*/{FACTS}")
        if data is not None and sections is None and not any(folders) and is_foreign(data):
            del self.files[ROOT]  # a list of another program makes no tree of this folder
            return Sections({}, {})
        sections = sections or Sections({}, {})
        clusters, cells = {**folders[0], **sections.clusters}, {**folders[1], **sections.cells}
        if data is not None or clusters or cells:
            self.torn.add("")
        self.exists = self.exists or bool(clusters or cells)
        return replace(sections, clusters=clusters, cells=cells)

    def clusters(self, digests: Mapping[str, str | None]) -> Iterator[tuple[str, ClusterInventory | None]]:
        """Read the cluster inventories, yield each by cluster, and record the files that they list as owned."""
        for key, digest in digests.items():
            data = self._read(key, INVENTORY, digest)
            if data is None:
                continue
            cluster, guarded = read_cluster(data)
            if cluster is None or not guarded:
                self.torn.add(key)
                self.unguarded.add(key)
            if cluster is not None:
                cluster = self._own(key, cluster)
                # A torn inventory's digest of inputs proves nothing, so the platform's files are rendered again.
                yield key, replace(cluster, input="") if key in self.torn else cluster

    def facts(self, digests: Mapping[str, str | None]) -> Iterator[tuple[str, CellFacts | None]]:
        """Read the facts files, and yield each by cell."""
        for cell, digest in digests.items():
            data = self._read(cell, FACTS, digest)
            if data is None:
                continue
            facts, complete = read_facts(data)
            if not complete:
                self.torn.add(cell)
            if facts is not None:
                yield cell, replace(facts, apps=safe_records(facts.apps)) if cell in self.torn else facts

    def argocd(self, instances: Mapping[str, InstanceInventory]) -> Iterator[tuple[str, InstanceInventory]]:
        """Yield the Argo CD instances and record their files as owned. Skip instances with paths outside a folder."""
        for name, instance in instances.items():
            if all(self._safe.path(f"{name}/{path}") for path in instance.files):
                self.files.update({f"argocd/{name}/{path}": entry for path, entry in instance.files.items()})
                yield name, instance

    def own_overlays(self, cells: Mapping[str, CellFacts]) -> None:
        """Record as owned the overlays on torn clusters that the facts of their cells name."""
        if not self.torn:
            return
        for cell, facts in cells.items():
            for path in _overlays(cell, facts.apps.values(), lambda cluster: cluster in self.torn):
                if self._safe.path(path):
                    self.files.setdefault(path, UNKNOWN)

    def _folders(self, pattern: str) -> dict[str, str | None]:
        return dict.fromkeys(path.parent.relative_to(self._out).as_posix() for path in self._out.glob(pattern))

    def _read(self, folder: str, name: str, digest: str | None) -> bytes | None:
        """Read an inventory and record it as owned; record its folder as torn unless the digest matches."""
        data = read_file(self._out / folder / name) if is_safe(folder) else None
        if data is None or digest_of(data) != digest:
            self.torn.add(folder)
        if is_safe(folder):
            known = FileEntry(digest, len(data), 0) if data is not None and digest and folder not in self.torn else None
            self.files[f"{folder}/{name}"] = known or UNKNOWN
        return data

    def _own(self, key: str, cluster: ClusterInventory) -> ClusterInventory:
        """Record the files of a cluster inventory as owned; return the inventory without paths outside its folder."""
        safe = self._safe
        files = {path: entry for path, entry in cluster.files.items() if safe.path(path)}
        self.files.update({f"{key}/{path}": entry for path, entry in files.items()})
        namespaces = {name: row for name, row in cluster.namespaces.items() if name in safe}
        for name, row in namespaces.items():
            apps = {app: entry for app, entry in row.apps.items() if app in safe}
            self.files.update({overlay_path(key, name, app): entry for app, entry in apps.items()})
            if len(apps) < len(row.apps):
                namespaces[name] = replace(row, apps=apps)
        return replace(cluster, files=files, namespaces=namespaces)


class _SafeParts(set[str]):
    """A cache of path components that are known to stay inside the tree."""

    def __contains__(self, part: object) -> bool:
        if super().__contains__(part):
            return True
        if not isinstance(part, str) or "/" in part or not is_safe(part):
            return False
        self.add(part)
        return True

    def path(self, path: str) -> bool:
        """Return whether every component of a path is safe."""
        return all(part in self for part in path.split("/"))


def _overlays(cell: str, records: Iterable[AppRecord], is_torn: Callable[[str], bool]) -> Iterator[str]:
    """Yield the paths of the overlays of apps on torn clusters of a cell."""
    for record in records:
        for cluster in record.facts.clusters:
            if is_torn(f"{cell}/{cluster}"):
                yield overlay_path(f"{cell}/{cluster}", record.facts.namespace, record.facts.name)


def _journal(out: Path) -> list[str]:
    data = read_file(out / JOURNAL)
    if data is None:
        return []
    try:
        paths = orjson.loads(data)
    except orjson.JSONDecodeError:
        return []  # killed while the journal was written, before any other file was
    return [path for path in paths if isinstance(path, str) and is_safe(path)] if isinstance(paths, list) else []


def _written(out: Path) -> int:
    try:
        return (out / ROOT).lstat().st_mtime_ns
    except OSError:
        return 0
