"""The overlay tree as the last run left it: what its inventories say, whether to believe it, and what it owns."""

from __future__ import annotations

import os
import re
import stat
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import orjson

from sixfold_compiler.diagnostics import Diagnostic
from sixfold_compiler.tree.layout import JOURNAL, ROOT
from sixfold_compiler.tree.seal import sealed
from sixfold_compiler.tree.staging import FileEntry, digest_of

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["Previous", "read_file", "read_previous", "torn_problem", "trusted"]

_PART = re.compile(r"[A-Za-z0-9_.-]+")
_UNKNOWN = FileEntry("", -1, 0)  # a file that is owned, whatever is in it
_SECTIONS = (("clusters", "inventory.json", "ClusterInventory"), ("dataCenters", "facts.json", "Facts"))


@dataclass(frozen=True, slots=True)
class Previous:
    """The tree as the last run left it; empty where there is none.

    `files` are all files that Sixfold owns, inventories included. Those older than `written` (nanoseconds) are as the
    inventories say, unless somebody dated them back. `torn` are the folders whose inventories cannot be believed (""
    for the whole tree): what they say is kept for want of better, and everything is compiled anew.
    """

    root: dict[str, Any] = field(default_factory=dict)
    clusters: dict[str, dict[str, Any]] = field(default_factory=dict)
    facts: dict[str, dict[str, Any]] = field(default_factory=dict)
    files: dict[str, FileEntry] = field(default_factory=dict)
    written: int = 0
    torn: tuple[str, ...] = ()
    unfinished: bool = False  # a run was killed while it wrote

    def owns(self, path: str) -> bool:
        """Whether a file that no inventory names may be written over all the same: its folder's inventory is torn."""
        return path in self.files or any(path.startswith(f"{unit}/") or not unit for unit in self.torn)


def read_previous(out: Path) -> Previous:
    """What the inventories of a tree say, after whatever happened to them."""
    try:
        return _read(out)
    except (AttributeError, KeyError, TypeError, ValueError):  # JSON of another shape, though its digests are right
        return Previous(files={ROOT: _UNKNOWN}, torn=("",))


def _read(out: Path) -> Previous:
    journal = dict.fromkeys(_journal(out), _UNKNOWN)
    data = read_file(out / ROOT)
    root = _parse(data, "Inventory")
    torn: set[str] = set()
    unfinished = os.path.lexists(f"{out}/{JOURNAL}")
    shaped = _shaped(root, "clusters", "dataCenters", "argocd")
    if data is None or not shaped or not sealed(data):
        found = {f"{p.parent.relative_to(out).as_posix()}" for p in out.glob("*/*/*/inventory.json")}
        cells = {f"{p.parent.relative_to(out).as_posix()}" for p in out.glob("*/*/facts.json")}
        named = root if shaped else {}
        for section, keys in (("clusters", found), ("dataCenters", cells)):
            named[section] = dict.fromkeys(keys) | named.get(section, {})
        root = named if shaped or found | cells else {}
        torn |= {""} if data is not None or found or cells else set()
    previous = Previous(root, files=journal)
    if data is not None:
        previous.files[ROOT] = FileEntry(digest_of(data), len(data), 0)
    for (section, name, kind), found_values in zip(_SECTIONS, (previous.clusters, previous.facts), strict=True):
        for key, entry in root.get(section, {}).items():
            content = read_file(out / key / name) if _safe(key) else None
            believed = content is not None and isinstance(entry, dict) and digest_of(content) == entry.get("digest")
            value = _parse(content, kind)
            if not believed or value is None:
                torn.add(key)
            if _safe(key):
                known = FileEntry(entry["digest"], len(content or b""), 0) if believed else _UNKNOWN
                previous.files[f"{key}/{name}"] = known
            if value is not None and _safe(key):
                # Inputs of a torn inventory prove nothing: what they were made into is made again.
                found_values[key] = value if believed else {**value, "input": ""}
    _own(previous, torn)
    written = 0 if torn or unfinished else _written(out)
    return replace(previous, written=written, torn=tuple(sorted(torn)), unfinished=unfinished)


def trusted(out: Path, path: str, entry: FileEntry, written: int) -> bool:
    """Whether the file in the tree still has the content that the inventory names.

    Size and time decide, as git's index does: a file that changed after the root inventory was written is read again.
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
    """The bytes of a regular file; None for anything else, and for what cannot be read."""
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


def _own(previous: Previous, torn: set[str]) -> None:
    """Enter the files that inventories and facts name; what is torn is looked at closely first."""
    files, safe = previous.files, _Safe()
    for key, cluster in list(previous.clusters.items()):
        if key in torn and not _shaped(cluster, "files", "namespaces"):
            del previous.clusters[key]
            continue
        kept = {p: e for p, e in cluster["files"].items() if safe.path(p)}
        files.update({f"{key}/{path}": _entry(entry) for path, entry in kept.items()})
        namespaces = {n: v for n, v in cluster["namespaces"].items() if n in safe and _shaped(v, "apps")}
        for namespace, value in namespaces.items():
            apps = value["apps"] = {a: e for a, e in value["apps"].items() if a in safe}
            value["team"] = str(value.get("team"))
            files.update({f"{key}/{namespace}/{app}.yaml": _entry(entry) for app, entry in apps.items()})
        previous.clusters[key] = {**cluster, "files": kept, "namespaces": namespaces}
    for cell, facts in list(previous.facts.items()):
        if cell in torn:
            found: Any = facts.get("apps")
            records = {k: r for k, r in found.items() if _whole(k, r)} if isinstance(found, dict) else {}
            previous.facts[cell] = {**facts, "apps": records}
        for record in previous.facts[cell]["apps"].values():
            place = record["facts"]
            for cluster in place["clusters"] if torn else ():
                path = f"{cell}/{cluster}/{place['namespace']}/{place['name']}.yaml"
                if f"{cell}/{cluster}" in torn and safe.path(path):  # which its inventory cannot tell any more
                    files.setdefault(path, _UNKNOWN)
    argocd = previous.root.get("argocd", {})
    for instance, value in list(argocd.items()):
        if not _shaped(value, "files") or not all(safe.path(f"{instance}/{p}") for p in value["files"]):
            del argocd[instance]
            continue
        files.update({f"argocd/{instance}/{path}": _entry(e) for path, e in value["files"].items()})


class _Safe(set[str]):
    """Parts of paths that stay inside the tree; each is looked at once."""

    def __contains__(self, part: object) -> bool:
        if super().__contains__(part):
            return True
        if not isinstance(part, str) or part in (".", "..") or not _PART.fullmatch(part):
            return False
        self.add(part)
        return True

    def path(self, path: str) -> bool:
        return all(part in self for part in path.split("/"))


def _shaped(value: Any, *fields: str) -> bool:
    return isinstance(value, dict) and all(isinstance(value.get(field), dict) for field in fields)


def _whole(key: str, record: Any) -> bool:
    if key.count("/") != 1 or not _safe(key) or not _shaped(record, "files", "facts"):
        return False
    facts = record["facts"]
    texts = [record.get("source"), record.get("deps"), facts.get("name"), facts.get("namespace"), facts.get("team")]
    lists = [record.get("cells"), facts.get("ports"), facts.get("calls")]
    shaped = _shaped(facts, "clusters", "roads") and all(isinstance(v, list) for v in lists)
    return shaped and all(isinstance(text, str) for text in texts)


def _journal(out: Path) -> list[str]:
    try:
        paths = orjson.loads(read_file(out / JOURNAL) or b"[]")
    except orjson.JSONDecodeError:
        return []  # killed while the journal was written, before anything else was
    return [p for p in paths if isinstance(p, str) and _safe(p)] if isinstance(paths, list) else []


def _written(out: Path) -> int:
    try:
        return (out / ROOT).lstat().st_mtime_ns
    except OSError:
        return 0


def _safe(path: str) -> bool:
    """Whether a path that an inventory names stays inside the tree."""
    return _Safe().path(path)


def _parse(data: bytes | None, kind: str) -> Any:
    try:
        value = orjson.loads(data or b"")
    except orjson.JSONDecodeError:
        return None
    return value if isinstance(value, dict) and value.get("kind") == kind else None


def _entry(value: Any) -> FileEntry:
    try:
        return FileEntry(
            str(value["digest"]), int(value["size"]), int(value["objects"]), "", str(value.get("holds", ""))
        )
    except (KeyError, TypeError, ValueError):
        return _UNKNOWN


def torn_problem(previous: Previous) -> Diagnostic:
    """Build the diagnostic of a torn tree, which a partial compile must not write to."""
    place = next((unit for unit in previous.torn if unit), "")
    return Diagnostic(
        "SF705",
        f"the inventories{f' of {place}' if place else ''} are torn: a run was killed, or they were changed by hand",
        None,
        "run `sixfold compile` without PATH and --only, which makes the tree whole again",
    )
