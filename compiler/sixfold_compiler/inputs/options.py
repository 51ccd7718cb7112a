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
    """What a command was asked to do.

    `paths` empty means the whole deploy repo at `base`. `only` names targets (`env/dc/cluster`, or a prefix of it).
    `against` is the git revision that deletions are measured from, the tree itself when it is empty; without `guard`
    they are not (for trees that nobody deploys). `today` is the day that tombstones are judged on (default: now, UTC).
    `stage_in_tree` is for a command that will write; others stage in a temporary folder and leave the tree alone.
    """

    paths: tuple[Path, ...] = ()
    fleet: Path = Path("environments")
    out: Path = Path("overlays")
    base: Path = Path()
    only: tuple[str, ...] = ()
    jobs: int | None = None
    engine: EngineName = "auto"
    stage_in_tree: bool = False
    verify: bool = False
    against: str = ""
    guard: bool = True
    today: date | None = None
    checkpoint: Checkpoint = nothing  # told the named points of writing; for the fault harness
