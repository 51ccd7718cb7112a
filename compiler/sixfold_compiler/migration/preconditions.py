"""Preconditions of a step: the previous step is committed, and the tree is compiled from its lock.

A step is safe only after the previous one: pods first, then traffic, then deletions. Two steps in one compile would
delete a namespace on one cluster while it starts on another. The lock does not show whether it was compiled, so the
tree is checked twice: a compile must change nothing, and the tree must have every namespace where the lock has it. The
first check alone is not enough, because a compile leaves a team unchanged if its manifests have errors or its deletions
are not approved.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sixfold_compiler.diagnostics import Diagnostic, listed
from sixfold_compiler.inputs.git import uncommitted
from sixfold_compiler.inputs.tombstones import FILE
from sixfold_compiler.migration.checkout import in_git
from sixfold_compiler.migration.drift import drift
from sixfold_compiler.model.addresses import AppKey
from sixfold_compiler.pipeline.plan import plan
from sixfold_compiler.placement import LOCK_FILE

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence
    from pathlib import Path

    from sixfold_compiler.inputs.fleet import FleetInput
    from sixfold_compiler.inputs.options import Options
    from sixfold_compiler.migration.checkout import Checkout
    from sixfold_compiler.migration.step import Step
    from sixfold_compiler.model.addresses import Cell
    from sixfold_compiler.placement import Lock
    from sixfold_compiler.tree.reader import Previous

__all__ = ["commit_problems", "compile_problems", "deployed_apps", "manifest_problems"]

UNPLACED = {"SF429", "SF430", "SF431", "SF432", "SF433", "SF435"}  # an app has no place
NAMED = 5  # namespaces that a finding names


def commit_problems(checkout: Checkout, out: Path | None) -> list[Diagnostic]:
    """Return an SF450 if the lock, the tombstones or the tree have uncommitted changes.

    A folder outside of git is not checked.

    Args:
        checkout: The checkout with the manifests.
        out: The tree; None if the tree is elsewhere.

    Raises:
        DiagnosticError: SF237, git is not installed, or it failed.
    """
    files = [checkout.path(name) for name in (LOCK_FILE, FILE)]
    if in_git(checkout.root) and (changed := [path for path in files if uncommitted(checkout.root, [path])]):
        text = f"the previous step is not done: {' or '.join(changed)} has uncommitted changes"
        hint = "run `sixfold compile` and commit them with the tree, or revert them with git"
        return [Diagnostic("SF450", text, None, hint)]
    if out is not None and in_git(out) and uncommitted(out, ["."]):
        text = f"the previous step is not done: the tree {out.name}/ has uncommitted changes"
        return [Diagnostic("SF450", text, None, "commit and push the tree first")]
    return []


def compile_problems(
    options: Options,
    fleet: FleetInput,
    lock: Lock,
    cells: Collection[Cell],
    progress: Callable[[str, int, int], None] | None,
) -> list[Diagnostic]:
    """Return an SF450 if the tree is not compiled from the lock, preceded by the errors that prevent the compile.

    Args:
        options: The options of the compile; `only` should select these data centers.
        fleet: The fleet.
        lock: The committed lock.
        cells: The data centers that the step may change.
        progress: Called with (step, done, total).
    """
    compile_hint = "run `sixfold compile`, commit and push the tree, and continue when it is deployed"
    with plan(options, progress) as result:
        errors = [d for d in result.diagnostics if d.severity == "error"]
        if not result.previous.clusters:
            hint = f"{compile_hint}; name another folder with --out, or skip this check with --no-tree"
            return [*errors, Diagnostic("SF450", f"the folder {options.out.name}/ contains no tree", None, hint)]
        if result.fatal:
            text = "the previous step is not in the tree, because the lock cannot be compiled"
            return [*errors, Diagnostic("SF450", text, None, f"correct the errors above, then {compile_hint}")]
        paths = [c.path for c in result.changes if any(c.path.startswith(f"{cell}/") for cell in cells)]
        if paths:
            text = (
                f"the previous step is not in the tree: a compile would change {len(paths):,} files, such as {paths[0]}"
            )
            return [Diagnostic("SF450", text, None, compile_hint)]
        moving = {team for cell in cells for team, row in lock.hosts.get(cell, {}).items() if any(h.move for h in row)}
        withheld = [d for d in errors if _team(d) in moving and not _never_ran(d, deployed_apps(result.previous))]
        drifted = [text for cell in cells for text in drift(fleet, lock, cell, result.previous.clusters)]
    if not drifted and not withheld:
        return []
    names = drifted or sorted({d.app for d in withheld})
    text = f"the tree differs from the lock: {listed(names, NAMED)}"
    hint = "correct the findings of `sixfold compile`, then compile and commit"
    return [*(errors if drifted else withheld), Diagnostic("SF450", text, None, hint)]


def manifest_problems(
    diagnostics: Sequence[Diagnostic], step: Step, deployed: Collection[str] | None = None
) -> list[Diagnostic]:
    """Return the errors in manifests of teams that the step moves, and an SF455: their overlays would not move.

    An app without a place that is not in the tree has no overlay: it prevents no move.

    Args:
        diagnostics: The problems of the inputs.
        step: The step.
        deployed: The apps in the tree; None if the tree is elsewhere.
    """
    teams = set(step.teams)
    errors = [d for d in diagnostics if d.severity == "error" and _team(d) in teams and not _never_ran(d, deployed)]
    if not errors:
        return []
    text = f"the teams cannot move, because their manifests have errors: {listed(sorted({d.app for d in errors}))}"
    return [*errors, Diagnostic("SF455", text, None, "correct the errors above, or revert the change")]


def deployed_apps(previous: Previous) -> frozenset[str]:
    """Return the apps in a tree, as `team/app`."""
    return frozenset(key for facts in previous.facts.values() for key in facts.apps)


def _never_ran(problem: Diagnostic, deployed: Collection[str] | None) -> bool:
    """Return whether a problem is that an app has no place that has none in the tree either."""
    return deployed is not None and problem.code in UNPLACED and problem.app not in deployed


def _team(problem: Diagnostic) -> str:
    return AppKey.parse(problem.app).team if problem.app else ""
