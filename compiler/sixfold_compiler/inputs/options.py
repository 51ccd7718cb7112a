"""Options of a compile."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from sixfold_compiler.files.atomic import Checkpoint, nothing

if TYPE_CHECKING:
    from datetime import date

    from sixfold_compiler.engine import EngineName

__all__ = ["Options"]


@dataclass(frozen=True, slots=True)
class Options:
    """Options of one compile.

    `paths` are the manifests to compile; if empty, all of the deploy repo at `base`. `fleet` and `out` are the folders
    of the fleet and of the overlay tree. `only` names the clusters to compile (`env/dc/cluster`, or a prefix of it).
    `jobs` is the number of workers. `stage_in_tree` is set by commands that write; otherwise files are staged in a
    temporary folder and the tree is not touched. With `reread`, every file of the tree is read instead of trusting its
    size and time. With `fresh`, which includes that, everything is rendered again, whatever the tree records. `against`
    is the git revision from which deletions are counted; if empty, the tree on disk. `past` is the tree, with the git
    revision, whose history has the deletions of the last days; None for `out` in `against` or HEAD. If `guard` is
    false, deletions are not checked, for trees that are not deployed. `today` is the day of the verdicts; None for that
    of the commit or of the clock (`sixfold_compiler.inputs.day`). `checkpoint` is called at the named points of
    writing, for the fault harness.
    """

    paths: tuple[Path, ...] = ()
    fleet: Path = Path("environments")
    out: Path = Path("overlays")
    base: Path = Path()
    only: tuple[str, ...] = ()
    jobs: int | None = None
    engine: EngineName = "auto"
    stage_in_tree: bool = False
    reread: bool = False
    fresh: bool = False
    against: str = ""
    past: tuple[Path, str] | None = None
    guard: bool = True
    today: date | None = None
    checkpoint: Checkpoint = nothing
