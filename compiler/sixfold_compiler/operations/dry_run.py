"""Trying a change to a deploy repo without touching it: a copy of its inputs, with the change, compiled aside."""

from __future__ import annotations

import contextlib
import shutil
import tempfile
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from sixfold_compiler.inputs.options import Options
from sixfold_compiler.pipeline.plan import plan

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from sixfold_compiler.diagnostics import Diagnostic
    from sixfold_compiler.pipeline.plan import Plan

__all__ = ["DeployRepo", "trial"]

INPUTS = ("apps", "releases")
HELD = "SF710"


@dataclass(frozen=True, slots=True)
class DeployRepo:
    """Where a deploy repo's parts are."""

    root: Path
    fleet: Path
    out: Path
    jobs: int | None = None
    only: tuple[str, ...] = ()

    def options(self, base: Path | None = None) -> Options:
        """Everything in the repo (or in its copy at `base`), compared with its tree (`only` these parts of it)."""
        return Options(fleet=self.fleet, out=self.out, base=base or self.root, jobs=self.jobs, only=self.only)


@contextlib.contextmanager
def trial(
    repo: DeployRepo,
    files: Mapping[str, bytes],
    progress: Callable[[str, int, int], None] | None = None,
    removed: Iterable[str] = (),
) -> Iterator[tuple[Plan, tuple[Diagnostic, ...]]]:
    """The plan of the repo with `files` in place and `removed` gone, and the errors that this brings.

    Paths are relative to the repo's root; the fleet's folder is copied too when one of them is in it.

    Errors that apps of the repo have without the change are left out: they are not this author's to mend. A mistake
    that stops everything is told whoever made it. Nothing is written into the repo.
    """
    with tempfile.TemporaryDirectory(prefix="sixfold-") as scratch:
        base = Path(scratch).resolve()
        for name in INPUTS:
            if (repo.root / name).is_dir():
                shutil.copytree(repo.root / name, base / name, symlinks=True)
        fleet = f"{repo.fleet.name}/"
        if any(path.startswith(fleet) for path in files):
            shutil.copytree(repo.fleet, base / repo.fleet.name, symlinks=True)
            changed = replace(repo, fleet=base / repo.fleet.name)
        else:
            changed = repo
        for path in removed:
            (base / path).unlink()
        for path, data in files.items():
            target = base / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(data)
        with plan(changed.options(base), progress) as made:
            errors = [d for d in made.diagnostics if d.severity == "error"]
            known: frozenset[Diagnostic] = frozenset()
            if errors and not made.fatal:
                with plan(repo.options()) as before:
                    known = frozenset(before.diagnostics)
            # A team that was held back before may need several approvals, which are written one after the other.
            held = {d.app for d in known if d.code == HELD}
            yield made, tuple(d for d in errors if d not in known and not (d.code == HELD and d.app in held))
