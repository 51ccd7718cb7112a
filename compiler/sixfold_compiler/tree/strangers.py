"""Files of a tree that are not as a compile left them: files that nothing lists, and files that were edited.

The signature of the tree belongs to no compile, so no comparison counts it (`tree/signature.py`).

If the tree is the top of a git repository, what lies beside its folders belongs to the repository: files directly at
the top, and folders whose names begin with a dot. No Argo CD Application reads the top.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from sixfold_compiler.diagnostics import Diagnostic, Span
from sixfold_compiler.model.inventory import digest_of
from sixfold_compiler.tree.layout import ROOT, SIGNATURE, is_working_name
from sixfold_compiler.tree.reader import read_file

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Iterator
    from pathlib import Path

    from sixfold_compiler.tree.reader import Previous

__all__ = ["edited_files", "files_below", "is_of_repository", "stranger_problems"]

SHOWN = 10  # files that are named before the others are counted


def files_below(out: Path) -> Iterator[str]:
    """Yield the path of everything in a tree that is not a folder, sorted by folder, without the signature.

    Raises:
        OSError: A folder cannot be read.
    """
    if out.is_dir():
        yield from (path for path in _below(str(out), "", at_top=True) if path != SIGNATURE)


def is_of_repository(path: str) -> bool:
    """Return whether a path of a tree at the top of a git repository belongs to the repository, not to the tree."""
    return path != ROOT and (path.startswith(".") or "/" not in path)


def stranger_problems(out: Path, previous: Previous, files: Container[str] = ()) -> list[Diagnostic]:
    """Return an SF706 for each file of a tree that neither its inventories nor `files` list.

    The first ten files are named. A folder with a torn inventory is not looked into: its files are unknown.

    Raises:
        OSError: A folder cannot be read.
    """
    unlisted = [
        path
        for path in files_below(out)
        if path not in previous.files and path not in files and not is_working_name(path) and not previous.owns(path)
    ]
    return _first(
        Diagnostic(
            "SF706",
            f"no inventory lists {out.name}/{_printable(path)}: Sixfold did not write this file",
            Span(f"{out.name}/{path}"),
            "delete it from the tree; plain objects go into the manifest of an app",
        )
        for path in unlisted
    )


def edited_files(out: Path, previous: Previous) -> list[Diagnostic]:
    """Return an SF707 for each file of an Argo CD instance that differs from its inventory.

    A compile writes them again. The generator refuses a commit with such a file.
    """
    edited = [
        path
        for path, entry in previous.files.items()
        if path.startswith("argocd/") and entry.size >= 0 and _digest(out / path) != entry.digest
    ]
    return _first(
        Diagnostic(
            "SF707",
            f"{out.name}/{path} is not what the compile wrote, so the generator refuses the commit",
            Span(f"{out.name}/{path}"),
            "run `sixfold compile`, which writes the file again, or restore it from git",
        )
        for path in sorted(edited)
    )


def _below(folder: str, inside: str, *, at_top: bool = False) -> Iterator[str]:
    with os.scandir(folder) as listing:
        entries = sorted((entry.name, entry.is_dir(follow_symlinks=False)) for entry in listing)
    repository = at_top and any(name == ".git" for name, _ in entries)
    for name, is_folder in entries:
        if repository and is_of_repository(f"{name}/" if is_folder else name):
            continue
        if is_folder:
            yield from _below(f"{folder}/{name}", f"{inside}{name}/")
        else:
            yield inside + name


def _digest(path: Path) -> str:
    data = read_file(path)
    return "" if data is None else digest_of(data)


def _printable(path: str) -> str:
    return path.encode("utf-8", "backslashreplace").decode()


def _first(problems: Iterable[Diagnostic]) -> list[Diagnostic]:
    every = list(problems)
    if len(every) > SHOWN:
        last = every[SHOWN - 1]
        others = f"{last.message} (and {len(every) - SHOWN:,} more)"
        return [*every[: SHOWN - 1], Diagnostic(last.code, others, last.span, last.help)]
    return every
