"""Baselines of the deletion guard: the earlier trees that a new tree is compared with.

A baseline is the previous tree of a compile, another tree on disk, a tree in a git revision, or the state that a
generator has adopted.
"""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from pydantic import ValidationError

from sixfold_compiler.diagnostics import Diagnostic, DiagnosticError
from sixfold_compiler.guard import Holdings, holdings_of
from sixfold_compiler.guard.adopted import AdoptedState
from sixfold_compiler.inputs.git import NoRevisionError, Revision
from sixfold_compiler.model.inventory import ClusterInventory, RootInventory
from sixfold_compiler.tree.layout import INVENTORY, ROOT
from sixfold_compiler.tree.reader import read_file

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from sixfold_compiler.model.tombstone import Deletions, Tombstone
    from sixfold_compiler.tree.reader import Previous

__all__ = [
    "holdings_of_folder",
    "holdings_of_previous",
    "holdings_of_revision",
    "parse_state",
    "rules_of",
    "unreadable",
]


def holdings_of_folder(tree: Path) -> Holdings:
    """Return the holdings of an overlay tree on disk.

    Raises:
        DiagnosticError: SF714, the tree has no inventories, or they cannot be read.
    """
    return _read(lambda path: read_file(tree / path), tree.name)


def holdings_of_previous(previous: Previous, out: Path) -> Holdings:
    """Return the holdings of the previous tree, except for clusters whose inventories are too damaged to compare.

    Args:
        previous: The previous tree.
        out: Its folder, from which the URL of the repository is read.
    """
    clusters = {key: value for key, value in previous.clusters.items() if key not in previous.unguarded}
    repository = ""
    with contextlib.suppress(ValidationError):
        repository = RootInventory.parse(read_file(out / ROOT) or b"").repository.url
    return holdings_of(clusters, previous.teams, previous.argocd, repository=repository)


def rules_of(tree: Path) -> tuple[tuple[Tombstone, ...], Deletions]:
    """Return the tombstones and the deletion budgets in the root inventory of a tree on disk.

    Raises:
        DiagnosticError: SF714, the tree has no root inventory, or it cannot be read.
    """
    try:
        root = RootInventory.parse(read_file(tree / ROOT) or b"")
    except ValidationError:
        raise unreadable(tree.name, "its root inventory is missing or damaged") from None
    return root.tombstones, root.deletions


def parse_state(document: bytes, name: str) -> AdoptedState:
    """Parse the output of `python -m sixfold_generator.adoption.export` for the state folder `name`.

    Raises:
        DiagnosticError: SF714, the document does not have the expected shape.
    """
    try:
        return AdoptedState.parse(document)
    except ValidationError:
        raise unreadable(name, "it was written by another version of the generator") from None


def holdings_of_revision(tree: Path, revision: str) -> Holdings:
    """Return the holdings of `tree` in a git revision of its repository; empty if the tree is not in the revision.

    Raises:
        DiagnosticError: SF714, there is no such repository or revision, or its inventories cannot be read; SF237, git
            is not installed.
    """
    try:
        with Revision(tree, revision) as files:
            return Holdings() if files.read(ROOT) is None else _read(files.read, revision)
    except NoRevisionError as error:
        raise unreadable(revision, str(error)) from None


def unreadable(name: str, reason: str) -> DiagnosticError:
    """Build the error of a baseline that cannot be read (SF714)."""
    return DiagnosticError(
        Diagnostic(
            "SF714",
            f"cannot compare with {name}: {reason}",
            None,
            "name an overlay tree, a state folder of the generator, or a git revision of the tree",
        )
    )


def _read(read: Callable[[str], bytes | None], name: str) -> Holdings:
    try:
        root = RootInventory.parse(read(ROOT) or b"")
        clusters = {key: ClusterInventory.parse(read(f"{key}/{INVENTORY}") or b"") for key in root.clusters}
        return holdings_of(clusters, root.teams, root.argocd, repository=root.repository.url)
    except ValueError:  # pydantic's error is one, too
        raise unreadable(name, "it has no inventories that can be read") from None
