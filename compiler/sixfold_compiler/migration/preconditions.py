"""Whether a walk may go on: the step before is committed, and the tree shows it.

A step is safe only after the one before it: pods first, then traffic, then the end. Two steps in one compile would be a
namespace that goes from one cluster and starts on another at once. The lock cannot tell whether it was compiled, so the
tree is asked: compiling it now must change nothing, and it must have every namespace where the lock has it. The second
is not said by the first, since a compile leaves teams as they were whose manifests are wrong or whose removals nobody
approved.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sixfold_compiler.diagnostics import Diagnostic
from sixfold_compiler.inputs.git import git
from sixfold_compiler.inputs.tombstones import FILE
from sixfold_compiler.migration.drift import differences
from sixfold_compiler.pipeline.plan import plan
from sixfold_compiler.placement import LOCK_FILE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    from sixfold_compiler.inputs.fleet import FleetInput
    from sixfold_compiler.inputs.options import Options
    from sixfold_compiler.migration.checkout import Checkout
    from sixfold_compiler.model.addresses import Cell
    from sixfold_compiler.placement import Lock

__all__ = ["in_git", "uncommitted", "uncompiled"]

_SHOWN = 5


def in_git(folder: Path) -> bool:
    """Whether a folder lies in a git repo."""
    return folder.is_dir() and git(folder, "rev-parse", "--is-inside-work-tree", check=False) == "true"


def uncommitted(checkout: Checkout, out: Path | None) -> list[Diagnostic]:
    """SF450 where the lock, the tombstones or the tree (None: it is elsewhere) differ from git's HEAD.

    What lies in no git repo cannot be looked at.

    Raises:
        DiagnosticError: SF237, git is missing, or it failed.
    """
    problems = []
    if in_git(checkout.root) and checkout.changed((LOCK_FILE, FILE)):
        paths = " or ".join(checkout.path(name) for name in (LOCK_FILE, FILE) if checkout.changed((name,)))
        text = f"{paths} has changes that are not committed, so a step before this one is not done"
        hint = "`sixfold compile`, and commit them with the tree; or take them back with git"
        problems.append(Diagnostic("SF450", text, None, hint))
    elif out is not None and in_git(out) and git(out, "status", "--porcelain", "--untracked-files=all", "--", "."):
        text = f"the tree {out.name}/ has changes that are not committed, so the step before is not done"
        problems.append(Diagnostic("SF450", text, None, "commit and push the tree of the step before first"))
    return problems


def uncompiled(
    options: Options,
    fleet: FleetInput,
    lock: Lock,
    cells: Iterable[Cell],
    tick: Callable[[str, int, int], None] | None = None,
) -> list[Diagnostic]:
    """SF450 where the tree in these data centers is not what the lock says, and what keeps it from being so.

    Args:
        options: The run's; `only` should select these data centers.
        fleet: The fleet.
        lock: Where everything is.
        cells: The data centers that the walk concerns.
        tick: Told of progress.
    """
    compile_hint = "`sixfold compile`, commit and push the tree, and go on when it has arrived"
    with plan(options, tick) as made:
        errors = [d for d in made.diagnostics if d.severity == "error"]
        if not made.previous.clusters:
            hint = f"{compile_hint}; --out names the tree where it lies elsewhere, --no-tree goes on without one"
            return [*errors, Diagnostic("SF450", f"there is no tree in {options.out.name}/", None, hint)]
        if made.fatal:
            text = "the lock cannot be compiled as it is, so the step before is not in the tree"
            return [*errors, Diagnostic("SF450", text, None, f"mend this, then {compile_hint}")]
        here = [*cells]
        paths = [c.path for c in made.changes if any(c.path.startswith(f"{cell}/") for cell in here)]
        if paths:
            text = f"the tree is not compiled from the lock: {len(paths):,} files would change, such as {paths[0]}"
            return [Diagnostic("SF450", text, None, compile_hint)]
        moving = {team for cell in here for team, row in lock.hosts.get(cell, {}).items() if any(h.move for h in row)}
        wrong = [d for d in errors if d.app.partition("/")[0] in moving]
        found = [text for cell in here for text in differences(fleet, lock, cell, made.previous.clusters)]
        if found or wrong:
            names = found or sorted({d.app for d in wrong})
            more = f" and {len(names) - _SHOWN:,} more" if len(names) > _SHOWN else ""
            text = f"the tree does not show what the lock says: {', '.join(names[:_SHOWN])}{more}"
            hint = "mend what `sixfold compile` holds back, then compile and commit"
            return [*(errors if found else wrong), Diagnostic("SF450", text, None, hint)]
    return []
