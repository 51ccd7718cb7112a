"""What a compile is compared with by the deletion guard: the tree as it lies there, or as it was in a git revision."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING, Any

import orjson
from pydantic import ValidationError

from sixfold_compiler.diagnostics import Diagnostic, DiagnosticError
from sixfold_compiler.guard import Drop, Holdings, Spent, of_inventories
from sixfold_compiler.guard.holdings import of_document
from sixfold_compiler.inputs.git import NoRevisionError, commit_of
from sixfold_compiler.model.tombstone import Deletions, Tombstone
from sixfold_compiler.tree.layout import ROOT
from sixfold_compiler.tree.reader import read_file

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from sixfold_compiler.tree.reader import Previous

__all__ = ["of_folder", "of_previous", "of_revision", "of_state", "rules_of"]

_SHAPES = (AttributeError, KeyError, TypeError, ValueError)


def of_folder(tree: Path) -> Holdings:
    """The holdings of an overlay tree on disk.

    Raises:
        DiagnosticError: SF714, it has no inventories, or they cannot be read.
    """
    return _read(lambda path: read_file(tree / path), tree.name)


def of_previous(previous: Previous) -> Holdings:
    """The holdings of the tree that a compile finds. Of torn inventories, what can be told."""
    try:
        return of_inventories(previous.root, previous.clusters)
    except _SHAPES:
        clusters = {key: value for key, value in previous.clusters.items() if _told({}, {key: value})}
        return of_inventories(previous.root if _told(previous.root, {}) else {}, clusters)


def _told(root: dict[str, Any], clusters: dict[str, Any]) -> bool:
    try:
        of_inventories(root, clusters)
    except _SHAPES:
        return False
    return True


def rules_of(tree: Path) -> tuple[list[Tombstone], Deletions]:
    """The tombstones and the budgets in the root inventory of a tree on disk.

    Raises:
        DiagnosticError: SF714, it has none, or they are wrong.
    """
    try:
        root = orjson.loads(read_file(tree / ROOT) or b"")
        return [Tombstone.model_validate(s) for s in root["tombstones"]], Deletions.model_validate(root["deletions"])
    except (*_SHAPES, ValidationError):
        raise _unreadable(tree.name, "it has no root inventory that can be read") from None


def of_state(folder: Path) -> tuple[Holdings, tuple[Spent, ...]]:
    """What a generator has adopted, and what budgets let go before. The generator itself is asked, as a process.

    Raises:
        DiagnosticError: SF714, nothing is adopted there, or it is damaged.
    """
    command = [sys.executable, "-P", "-m", "sixfold_generator.adoption.export", str(folder)]
    done = subprocess.run(command, capture_output=True, check=False, stdin=subprocess.DEVNULL)
    if done.returncode != 0:
        lines = done.stderr.decode("utf-8", "replace").strip().splitlines() or ["the generator's package failed"]
        raise _unreadable(folder.name, lines[-1])
    document = orjson.loads(done.stdout)
    spent = tuple(Spent(one["day"], Drop(**one["drop"])) for one in document["spent"])
    return of_document(document["holdings"]), spent


def of_revision(tree: Path, revision: str) -> Holdings:
    """The holdings of `tree` in a revision of the git repo that it lies in; none where that has no tree yet.

    Raises:
        DiagnosticError: SF714, there is no such repo or revision, or its inventories cannot be read.
    """
    from dulwich.errors import NotGitRepository  # noqa: PLC0415 - only needed here, and slow to import
    from dulwich.object_store import tree_lookup_path  # noqa: PLC0415
    from dulwich.repo import Repo  # noqa: PLC0415

    top = next((folder for folder in (tree, *tree.parents) if (folder / ".git").exists()), None)
    if top is None:
        raise _unreadable(revision, "the tree is not in a git repo")
    try:
        with Repo(str(top)) as repo:
            commit = commit_of(repo, revision)
            inside = tree.relative_to(top).as_posix()

            def read(path: str) -> bytes | None:
                place = path if inside == "." else f"{inside}/{path}"
                try:
                    _, identifier = tree_lookup_path(repo.__getitem__, commit.tree, place.encode())
                except (KeyError, NotADirectoryError):
                    return None
                return repo[identifier].as_raw_string()

            return Holdings() if read(ROOT) is None else _read(read, revision)
    except NoRevisionError as error:
        raise _unreadable(revision, str(error)) from None
    except (KeyError, ValueError, OSError, NotGitRepository):
        raise _unreadable(revision, "git has no such revision here that can be read") from None


def _read(read: Callable[[str], bytes | None], name: str) -> Holdings:
    try:
        root: dict[str, Any] = orjson.loads(read(ROOT) or b"")
        clusters = {key: orjson.loads(read(f"{key}/inventory.json") or b"") for key in root["clusters"]}
        return of_inventories(root, clusters)
    except _SHAPES:
        raise _unreadable(name, "it has no inventories that can be read") from None


def _unreadable(name: str, why: str) -> DiagnosticError:
    return DiagnosticError(
        Diagnostic(
            "SF714",
            f"nothing to compare with at {name}: {why}",
            None,
            "name an overlay tree, a state folder of the generator, or a revision of the repo that the tree is in",
        )
    )
