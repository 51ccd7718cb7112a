"""The place of the overlay tree in its git repository, which `repository.path` of the fleet gives Argo CD."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sixfold_compiler.diagnostics import Diagnostic

if TYPE_CHECKING:
    from pathlib import Path

    from sixfold_compiler.inputs.fleet import FleetInput

__all__ = ["misplaced_tree"]


def misplaced_tree(fleet: FleetInput, folder: Path, out: Path) -> list[Diagnostic]:
    """Return an SF807 if the generator would refuse the tree, because `repository.path` names another folder.

    Only a tree in the git work tree of the fleet is checked, since others are not committed with it. Beside the
    fleet's folder it is the tree that is deployed; elsewhere it may be a preview, so the finding is a warning. A deploy
    repo in a folder of another repository may be deployed as a repository of its own.

    Args:
        fleet: The fleet.
        folder: The folder of the fleet.
        out: The overlay tree.
    """
    folder, out = folder.resolve(), out.resolve()
    top = _work_tree(out)
    if top is None or top != _work_tree(folder):
        return []
    wanted, beside = fleet.model.repository.path, folder.parent
    places = {_inside(out, top)} | ({_inside(out, beside)} if out.is_relative_to(beside) else set())
    if wanted in places:
        return []
    place = _inside(out, top)
    return [
        Diagnostic(
            "SF807",
            f"the tree is in the folder {place or '.'} of its repository, but repository.path is {wanted or '.'}",
            fleet.span(("repository", "path")),
            f"set repository.path to {place!r}, or name the folder with --out: the generator refuses the tree",
            severity="error" if out.parent == beside and out.name == "overlays" else "warning",
        )
    ]


def _work_tree(place: Path) -> Path | None:
    """Return the git work tree of a place, which need not exist."""
    return next((parent for parent in (place, *place.parents) if (parent / ".git").exists()), None)


def _inside(path: Path, top: Path) -> str:
    inside = path.relative_to(top).as_posix()
    return "" if inside == "." else inside
