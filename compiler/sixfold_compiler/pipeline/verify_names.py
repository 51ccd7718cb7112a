"""Verify the names lock: no name was added, released or given to another team except as a compile does it.

The names of the base commit, the manifests and the tombstones give the names that the file must have. A name that the
file has besides is accepted for an app that does not compile: `publish` adds it together with the manifest.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sixfold_compiler.diagnostics import Diagnostic, Span
from sixfold_compiler.inputs.git import NoRevisionError, Revision
from sixfold_compiler.model.addresses import AppKey
from sixfold_compiler.model.names import NAMES_FILE
from sixfold_compiler.ownership.names_text import dump_names, parse_names
from sixfold_compiler.pipeline.baseline import unreadable
from sixfold_compiler.pipeline.service_names import NamesFile, names_of_tree
from sixfold_compiler.tree.reader import read_previous

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator
    from pathlib import Path

    from sixfold_compiler.inputs.sources import Sources
    from sixfold_compiler.ownership.names import Names, Ownership
    from sixfold_compiler.pipeline.app_state import Apps

__all__ = ["base_names", "differing_names", "names_data", "pending_apps"]


def names_data(fleet: Path, base: str) -> bytes | None:
    """Return the bytes of the names lock in the fleet's folder of a commit; None if the commit has none.

    Raises:
        DiagnosticError: SF714, there is no such commit.
    """
    try:
        with Revision(fleet, base) as files:
            return files.read(NAMES_FILE)
    except NoRevisionError as error:
        raise unreadable(base, str(error)) from None


def base_names(file: NamesFile, data: bytes | None, base: str, scratch: Path) -> NamesFile:
    """Return the names lock of the base commit. Without the file, the names are those of its tree.

    Args:
        file: The names lock on disk.
        data: The bytes of the names lock in the base commit.
        base: The git revision.
        scratch: A folder with the inventories of its tree.

    Raises:
        DiagnosticError: SF415, the names lock of the commit cannot be read.
    """
    if data is None:
        return NamesFile(file.shown, None, names_of_tree(read_previous(scratch)))
    return NamesFile(file.shown, data, parse_names(data, f"{base}:{file.shown}"))


def pending_apps(sources: Sources, apps: Apps) -> frozenset[AppKey]:
    """Return the apps that have a manifest and do not compile: their names may be in the lock already."""
    compiled = apps.states.keys() - apps.failed
    return frozenset(file.key for file in sources.manifests if file.key is not None and file.key not in compiled)


def differing_names(file: NamesFile, expected: Names, pending: Collection[AppKey]) -> Iterator[Diagnostic]:
    """Yield an SF733 for each name with another owner than expected, and for a file that `compile` would rewrite.

    Args:
        file: The names lock on disk.
        expected: The names after a compile.
        pending: The apps that may have taken free names.
    """
    if file.data is None:
        if expected.rows:
            hint = "run `sixfold compile`, which writes it, and commit it with the tree"
            yield Diagnostic("SF733", f"{file.shown} is missing", Span(file.shown), hint)
        return
    differs = False
    for environment, name in sorted({(e, n) for names in (file.names, expected) for e, n, _ in names.items()}):
        row, wanted = file.names.row(environment, name), expected.row(environment, name)
        took = not wanted.team and wanted.taken(row.team) == row
        if row == wanted or (took and AppKey(row.team, name) in pending):
            continue
        differs = True
        text, hint = _difference(file.shown, environment, name, row, wanted)
        yield Diagnostic("SF733", text, file.span(environment, name), hint)
    if not differs and file.data != dump_names(file.names):
        text = f"{file.shown} is not written as `sixfold compile` writes it: sorted, with one line for each name"
        yield Diagnostic("SF733", text, Span(file.shown, 1, 1), "run `sixfold compile`, and commit the file")


def _difference(shown: str, environment: str, name: str, row: Ownership, wanted: Ownership) -> tuple[str, str]:
    """Return the message and the help about a name with another owner than expected."""
    if not row.team and not row.after:
        text = f"{shown} lacks the name {name!r} of {environment}, which belongs to {_owner(wanted)}"
        return text, "run `sixfold compile`, which adds the line, and commit the file"
    if not wanted.team and not wanted.after:
        text = f"{shown} gives the name {name!r} in {environment} to {_owner(row)}, which has no app of this name"
        return text, f"delete the line, or restore apps/{row.team}/{name}.yaml"
    if row.team == wanted.team:
        text = f"{shown} has other former owners of the name {name!r} in {environment}"
        return text, "restore the line from git: `sixfold compile` writes it"
    text = f"{shown} gives the name {name!r} in {environment} to {_owner(row)}, but it belongs to {_owner(wanted)}"
    return text, "restore the line from git: only a tombstone for the app of its owner releases a name"


def _owner(row: Ownership) -> str:
    return f"team {row.team}" if row.team else "nobody"
