"""Write the overlay tree so that a kill at any moment leaves a tree that the next compile repairs.

New files are first staged in a folder that readers ignore. Then each file is renamed into place, files that only the
previous inventories own are deleted, and the inventories follow, the root inventory last. A reader that checks digests
therefore sees the old tree, the new tree, or a tree that it recognizes as torn.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import orjson

from sixfold_compiler.diagnostics import Diagnostic, DiagnosticError, Span
from sixfold_compiler.files.atomic import nothing, replace_file, sync
from sixfold_compiler.model.inventory import digest_of
from sixfold_compiler.tree.layout import FACTS, INVENTORY, JOURNAL, ROOT, STAGING
from sixfold_compiler.tree.reader import read_file
from sixfold_compiler.tree.staging import StagedFile

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from sixfold_compiler.files.atomic import Checkpoint
    from sixfold_compiler.model.inventory import FileEntry
    from sixfold_compiler.tree.reader import Previous

__all__ = ["Change", "check_places", "compare", "staging_folder", "write_tree"]


@dataclass(frozen=True, order=True, slots=True)
class Change:
    """A changed file of the tree: `new` is its staged content, or None for a deletion."""

    path: str
    kind: Literal["create", "update", "delete"]
    new: Path | None = None


@contextlib.contextmanager
def staging_folder(out: Path | None, checkpoint: Checkpoint = nothing) -> Iterator[Path]:
    """Create a staging folder, yield it, and delete it afterward.

    It is created inside the tree `out`, which stays locked meanwhile, so that renames are atomic. Without `out` it is a
    temporary folder.

    Raises:
        DiagnosticError: SF701, another compile is writing this tree; SF702, a file is in the place of the folder.
    """
    if out is None:
        with tempfile.TemporaryDirectory(prefix="sixfold-") as temporary:
            yield Path(temporary)
        return
    if problems := _folder_problems(out):
        raise DiagnosticError(*problems)
    out.mkdir(parents=True, exist_ok=True)
    lock = os.open(out, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise DiagnosticError(
                Diagnostic(
                    "SF701",
                    f"another run of sixfold is writing {out.name}/",
                    None,
                    "wait until it ends, then run the command again",
                )
            ) from None
        for left in out.glob(f"{STAGING}*"):  # of a run that was killed: its lock is free
            shutil.rmtree(left, ignore_errors=True)
        for left in out.glob(f".{JOURNAL}.*.tmp"):
            left.unlink(missing_ok=True)
        folder = Path(tempfile.mkdtemp(prefix=STAGING, dir=out))
        try:
            checkpoint("staging: made")
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)
            checkpoint("staging: cleared")
    finally:
        os.close(lock)


def check_places(out: Path, files: Mapping[str, FileEntry], previous: Previous) -> list[Diagnostic]:
    """Return a problem for each foreign file in the place of a file of the tree, and each link in place of a folder."""
    problems = _folder_problems(out)
    for path, entry in files.items():
        unlisted = path == ROOT or not _rank_of(path)  # no inventory states its place
        if unlisted and not previous.owns(path) and os.path.lexists(f"{out}/{path}"):
            data = None if os.path.islink(f"{out}/{path}") else read_file(out / path)  # noqa: PTH114
            if data is None or digest_of(data) != entry.digest:
                problems.append(
                    Diagnostic(
                        "SF702",
                        f"the file {path}, which Sixfold did not write, is in the place of a generated file",
                        Span(path),
                        "move or delete the file, or compile to another folder with --out",
                    )
                )
    problems += [
        Diagnostic(
            "SF703",
            f"the folder {folder} of the tree is a symbolic link, which is not followed",
            Span(folder),
            "replace the link by a real folder",
        )
        for folder in sorted(_folders([*files, *previous.files]))
        if os.path.islink(f"{out}/{folder}")  # noqa: PTH114
    ]
    return problems


def _folder_problems(out: Path) -> list[Diagnostic]:
    """Return a problem if the tree's folder, or one above it, is a file."""
    for folder in (out, *out.parents):
        if folder.is_dir():
            break
        if os.path.lexists(folder):
            text = f"{folder.name} is not a folder, so the tree cannot be written to {out.name}/"
            help_ = "move or delete the file, or compile to another folder with --out"
            return [Diagnostic("SF702", text, Span(folder.name), help_)]
    return []


def write_tree(
    out: Path, changes: tuple[Change, ...], previous: Previous, *, vouched: bool, checkpoint: Checkpoint = nothing
) -> None:
    """Apply the changes to a tree on disk.

    Args:
        out: The folder of the tree.
        changes: The changed files; staged files must be on the tree's file system.
        previous: The tree before the changes.
        vouched: All unchanged files are known to match their inventories. If false, the root inventory keeps its
            modification time, so that files which changed since then are still recognized by theirs.
        checkpoint: Called with the name of each point that is passed.

    Raises:
        OSError: A rename or a deletion failed. The tree is then torn, and the next compile repairs it.
    """
    # Until the inventories name the new files, only the journal shows that Sixfold owns them.
    new = {c.path for c in changes if c.kind == "create"}
    _write_journal(out, sorted(new | {p for p, e in previous.files.items() if e.size < 0}), checkpoint)
    folders: set[str] = set()
    for change in sorted(changes, key=lambda c: (_rank(c), c.path)):
        place = out / change.path
        if change.new is None:
            checkpoint("removal: before")
            with contextlib.suppress(FileNotFoundError):
                place.unlink()
            checkpoint("removal: unlinked")
            _remove_empty(place.parent, out)
            checkpoint("removal: done")
            continue
        folder = os.path.dirname(change.path)  # noqa: PTH120 - text, not a place
        if folder not in folders:
            place.parent.mkdir(parents=True, exist_ok=True)
            folders.add(folder)
        what = ("file", "file", "inventory", "root")[_rank(change)]
        if change.path.endswith(".json"):
            sync(change.new)
        if change.path == ROOT and not vouched:
            os.utime(change.new, ns=(previous.written, previous.written))
        checkpoint(f"{what}: before rename")
        os.replace(change.new, place)
        checkpoint(f"{what}: renamed")
    if vouched and not any(c.path == ROOT for c in changes):  # a repair: files older than this time are trusted again
        os.utime(out / ROOT)
    checkpoint("tree: in place")
    (out / JOURNAL).unlink(missing_ok=True)
    checkpoint("tree: journal removed")
    sync(out)
    checkpoint("tree: synced")


def _write_journal(out: Path, paths: list[str], checkpoint: Checkpoint) -> None:
    """Record the paths of the files to write, together with those in the journal of a killed compile."""
    if paths:
        replace_file(out / JOURNAL, orjson.dumps(paths), "journal", checkpoint)


def _folders(paths: Iterable[str]) -> set[str]:
    folders: set[str] = set()
    for folder in {path.rpartition("/")[0] for path in paths} - {""}:
        parts = folder.split("/")
        folders.update("/".join(parts[:depth]) for depth in range(1, len(parts) + 1))
    return folders


def _rank(change: Change) -> int:
    """Return the position of a change in the order of writing: 0 new files, 1 deletions, 2 inventories, 3 the root."""
    return _rank_of(change.path) or (1 if change.new is None else 0)


def _rank_of(path: str) -> int:
    """Return 3 for the root inventory, 2 for the other inventories and facts files, 0 for the files that they name."""
    if path == ROOT:
        return 3
    return 2 if path.endswith((f"/{INVENTORY}", f"/{FACTS}")) else 0


def _remove_empty(folder: Path, out: Path) -> None:
    while folder != out:
        try:
            folder.rmdir()
        except OSError:
            return
        folder = folder.parent


def compare(out: Path, files: Mapping[str, FileEntry], previous: Previous, staging: Path) -> tuple[Change, ...]:
    """Return the changes that turn the previous tree into the new one."""
    changes = [
        Change(path, "update" if os.path.lexists(f"{out}/{path}") else "create", staging / entry.name)
        for path, entry in files.items()
        if isinstance(entry, StagedFile)
    ]
    changes += [
        Change(path, "delete") for path in previous.files if path not in files and os.path.lexists(f"{out}/{path}")
    ]
    return tuple(sorted(changes))
