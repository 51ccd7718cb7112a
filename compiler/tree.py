"""The overlay tree on disk: what is there, what would change, and writing it so that a kill leaves it whole.

New files are staged first, outside the places that readers look at. Then each is renamed into its place, what the
previous inventories own and the new ones do not is removed, and the inventories follow, the root last. A reader that
checks digests therefore sees the old tree or the new one, or a tree that it knows to be torn; the next run repairs it.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
import stat
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import orjson

from compiler.diagnostics import Diagnostic, DiagnosticError, Span
from compiler.fleet import Target
from compiler.staging import FileEntry, digest_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

__all__ = [
    "ROOT",
    "Change",
    "Previous",
    "check_places",
    "dump_inventory",
    "read_previous",
    "staging_folder",
    "target_of",
    "trusted",
    "write_tree",
]

ROOT = "inventory.json"
_STAGING = ".sixfold-staging-"


@dataclass(frozen=True, order=True, slots=True)
class Change:
    """One file that differs: `new` is its staged content (None for a deletion)."""

    path: str
    kind: Literal["create", "update", "delete"]
    new: Path | None = None


@dataclass(frozen=True, slots=True)
class Previous:
    """The tree as the last run left it; empty where there is none, or where a part cannot be read.

    `files` are all files that the inventories own, inventories included. `written` is when the root inventory was
    written, in nanoseconds.
    """

    root: dict[str, Any] = field(default_factory=dict)
    clusters: dict[str, dict[str, Any]] = field(default_factory=dict)
    facts: dict[str, dict[str, Any]] = field(default_factory=dict)
    files: dict[str, FileEntry] = field(default_factory=dict)
    written: int = 0


def read_previous(out: Path) -> Previous:
    """What the inventories of a tree say. A torn inventory counts as absent, and what it named is made anew."""
    try:
        return _read_previous(out)
    except (AttributeError, KeyError, TypeError, ValueError):  # JSON of another shape: not one that we wrote
        return Previous()


def _read_previous(out: Path) -> Previous:
    data = _read(out / ROOT)
    root = _parse(data, "Inventory")
    if data is None or root is None:
        return Previous()
    previous = Previous(root, written=(out / ROOT).stat().st_mtime_ns)
    files = previous.files
    files[ROOT] = FileEntry(digest_of(data), len(data), 0)
    for section, name, kind, found in (
        ("clusters", "inventory.json", "ClusterInventory", previous.clusters),
        ("dataCenters", "facts.json", "Facts", previous.facts),
    ):
        for key, entry in root.get(section, {}).items():
            path = f"{key}/{name}"
            content = _read(out / path)
            if content is None or digest_of(content) != entry.get("digest"):
                # Owned all the same: when it is not written again, it goes.
                files[path] = FileEntry("", 0, 0)
                content = content if kind == "ClusterInventory" else None
            else:
                files[path] = FileEntry(entry["digest"], entry["size"], 0)
            value = _parse(content, kind)
            if value is not None:
                found[key] = value
    for key, cluster in previous.clusters.items():
        for path, entry in cluster.get("files", {}).items():
            files[f"{key}/{path}"] = _entry(entry)
        for namespace, value in cluster.get("namespaces", {}).items():
            for app, entry in value.get("apps", {}).items():
                files[f"{key}/{namespace}/{app}.yaml"] = _entry(entry)
    for instance, value in root.get("argocd", {}).items():
        for path, entry in value.get("files", {}).items():
            files[f"argocd/{instance}/{path}"] = _entry(entry)
    return previous


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
    data = _read(out / path)
    return data is not None and digest_of(data) == entry.digest


@contextlib.contextmanager
def staging_folder(out: Path | None) -> Iterator[Path]:
    """A folder for finished files; inside the tree (so that renaming is atomic) when `out` is given.

    Raises:
        DiagnosticError: SF701, another run is writing this tree.
    """
    if out is None:
        with tempfile.TemporaryDirectory(prefix="sixfold-") as temporary:
            yield Path(temporary)
        return
    out.mkdir(parents=True, exist_ok=True)
    lock = os.open(out, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise DiagnosticError(
                Diagnostic("SF701", f"another run is writing {out.name}/", None, "wait for it to end, then try again")
            ) from None
        for left in out.glob(f"{_STAGING}*"):  # of a run that was killed; the lock says that nobody uses it
            shutil.rmtree(left, ignore_errors=True)
        folder = Path(tempfile.mkdtemp(prefix=_STAGING, dir=out))
        try:
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)
    finally:
        os.close(lock)


def check_places(out: Path, paths: Mapping[str, FileEntry], owned: Mapping[str, FileEntry]) -> list[Diagnostic]:
    """Foreign files and links that stand where a file of ours must go."""
    problems = []
    folders: set[str] = set()
    for path in paths:
        if path not in owned and not _rank_of(path) and os.path.lexists(f"{out}/{path}"):
            data = None if os.path.islink(f"{out}/{path}") else _read(out / path)  # noqa: PTH114
            if data is None or digest_of(data) != paths[path].digest:
                problems.append(
                    Diagnostic(
                        "SF702",
                        f"{path} is in the way: no inventory says that Sixfold wrote it",
                        Span(path),
                        "move it away, or compile to another folder with --out",
                    )
                )
        parts = path.split("/")[:-1]
        for depth in range(1, len(parts) + 1):
            folders.add("/".join(parts[:depth]))
    for folder in sorted(folders):
        if os.path.islink(f"{out}/{folder}"):  # noqa: PTH114
            problems.append(
                Diagnostic(
                    "SF703", f"{folder} in the tree is a symbolic link", Span(folder), "replace it by a real folder"
                )
            )
    return problems


def write_tree(out: Path, changes: tuple[Change, ...]) -> None:
    """Put the changes in place.

    Args:
        out: The tree.
        changes: What differs; staged files must be on the tree's file system.

    Raises:
        OSError: A rename or a removal failed; the tree is then torn, and known to be.
    """
    made: set[str] = set()
    order = sorted(changes, key=lambda c: (_rank(c), c.path))
    for change in order:
        place = out / change.path
        if change.new is None:
            with contextlib.suppress(FileNotFoundError):
                place.unlink()
            _remove_empty(place.parent, out)
            continue
        folder = os.path.dirname(change.path)  # noqa: PTH120 - text, not a place
        if folder not in made:
            place.parent.mkdir(parents=True, exist_ok=True)
            made.add(folder)
        if change.path.endswith(".json"):
            _sync(change.new)
        os.replace(change.new, place)
    if not any(c.path == ROOT for c in changes):  # a repair: from now on its time vouches for the files again
        os.utime(out / ROOT)
    _sync(out)


def dump_inventory(value: dict[str, Any]) -> bytes:
    """An inventory as it is written: sorted, indented, one newline at the end."""
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS | orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)


def target_of(path: str) -> Target:
    """The cluster whose folder a path of the tree is in; for files above the clusters' folders, no real target."""
    environment, data_center, cluster = [*path.split("/", 3), "", ""][:3]
    return Target(environment, data_center, cluster)


def _rank(change: Change) -> int:
    """The order of writing: new files, removals, inventories, the root inventory."""
    return _rank_of(change.path) or (1 if change.new is None else 0)


def _rank_of(path: str) -> int:
    """3 for the root inventory, 2 for the others, 0 for what they name."""
    if path == ROOT:
        return 3
    return 2 if path.endswith(("/inventory.json", "/facts.json")) else 0


def _remove_empty(folder: Path, out: Path) -> None:
    while folder != out:
        try:
            folder.rmdir()
        except OSError:
            return
        folder = folder.parent


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _read(path: Path) -> bytes | None:
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


def _parse(data: bytes | None, kind: str) -> dict[str, Any] | None:
    try:
        value = orjson.loads(data or b"")
    except orjson.JSONDecodeError:
        return None
    return value if isinstance(value, dict) and value.get("kind") == kind else None


def _entry(value: Any) -> FileEntry:
    try:
        return FileEntry(str(value["digest"]), int(value["size"]), int(value["objects"]))
    except (KeyError, TypeError, ValueError):
        return FileEntry("", -1, 0)
