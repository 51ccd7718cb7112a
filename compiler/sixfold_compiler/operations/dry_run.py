"""Dry run of a change to a deploy repo: compile a changed copy of its inputs, and write nothing."""

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

__all__ = ["DeployRepo", "dry_run_of"]

INPUTS = ("apps", "releases")
HELD = "SF710"  # a team is held back


@dataclass(frozen=True, slots=True)
class DeployRepo:
    """The folders of a deploy repo, and the options to compile it.

    Attributes:
        root: The folder with the manifests.
        fleet: The folder of the fleet.
        out: The overlay tree.
        jobs: The number of worker processes; None: one for each CPU.
        only: The clusters, data centers or environments to compile; empty: all.
    """

    root: Path
    fleet: Path
    out: Path
    jobs: int | None
    only: tuple[str, ...] = ()

    def options(self, base: Path | None = None) -> Options:
        """Return the options to compile all manifests of the repo, or of its copy in the folder `base`."""
        return Options(fleet=self.fleet, out=self.out, base=base or self.root, jobs=self.jobs, only=self.only)


@contextlib.contextmanager
def dry_run_of(
    repo: DeployRepo,
    files: Mapping[str, bytes],
    progress: Callable[[str, int, int], None] | None,
    removed: Iterable[str] = (),
) -> Iterator[tuple[Plan, tuple[Diagnostic, ...]]]:
    """Compile the repo with a change, without writing to it; yield the plan and the errors that the change causes.

    Errors of apps that exist without the change are omitted. An error that stops the compile is always reported.

    Args:
        repo: The deploy repo.
        files: The contents of new and changed files, by path relative to the root.
        progress: Called with (step, done, total).
        removed: The paths of deleted files, relative to the root.
    """
    with tempfile.TemporaryDirectory(prefix="sixfold-") as scratch:
        base = Path(scratch).resolve()
        changed = _copy(repo, base, files)
        for path in removed:
            (base / path).unlink()
        for path, data in files.items():
            target = base / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(data)
        with plan(changed.options(base), progress) as result:
            errors = [d for d in result.diagnostics if d.severity == "error"]
            before: frozenset[Diagnostic] = frozenset()
            if errors and not result.fatal:
                with plan(repo.options()) as unchanged:
                    before = frozenset(unchanged.diagnostics)
            # A team that was held back before may need several approvals, which are written one after the other.
            held = {d.app for d in before if d.code == HELD}
            yield result, tuple(d for d in errors if d not in before and not (d.code == HELD and d.app in held))


def _copy(repo: DeployRepo, base: Path, files: Iterable[str]) -> DeployRepo:
    """Copy the manifests and releases to `base`, and the fleet too if the change touches it; return the copy."""
    for name in INPUTS:
        if (repo.root / name).is_dir():
            shutil.copytree(repo.root / name, base / name, symlinks=True)
    if not any(path.startswith(f"{repo.fleet.name}/") for path in files):
        return repo
    shutil.copytree(repo.fleet, base / repo.fleet.name, symlinks=True)
    return replace(repo, fleet=base / repo.fleet.name)
