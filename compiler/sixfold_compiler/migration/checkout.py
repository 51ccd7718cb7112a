"""The checkout of the deploy repo: write or commit a step, and read the step that was committed last."""

from __future__ import annotations

import os
import shlex
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from sixfold_compiler.diagnostics import Diagnostic, DiagnosticError, Span
from sixfold_compiler.inputs.git import Transaction, git, uncommitted
from sixfold_compiler.migration.health import Expectations
from sixfold_compiler.migration.stages import NamespaceMove
from sixfold_compiler.migration.step import namespaces_of
from sixfold_compiler.model.addresses import Target
from sixfold_compiler.placement import LOCK_FILE, Lock
from sixfold_compiler.placement.locktext import parse_lock
from sixfold_compiler.tree.reader import read_previous

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sixfold_compiler.inputs.fleet import FleetInput
    from sixfold_compiler.model.addresses import Cell

__all__ = ["Checkout", "expectations", "follow_up", "in_git"]


@dataclass(frozen=True, slots=True)
class Checkout:
    """A checkout of the deploy repo.

    Attributes:
        root: The folder with the manifests, which may lie below the top of the git repo.
        fleet: The folder of the fleet, below `root`.
    """

    root: Path
    fleet: Path

    def path(self, name: str) -> str:
        """Return the path of the fleet's file `name`, relative to the root."""
        return (self.fleet / name).relative_to(self.root).as_posix()

    def write(self, files: Mapping[str, bytes]) -> None:
        """Write files into the fleet's folder, all of them or none.

        Raises:
            DiagnosticError: SF704, a file cannot be written.
        """
        with Transaction(self.root) as transaction:
            self._write(transaction, files)

    def commit(self, files: Mapping[str, bytes], message: str) -> str:
        """Write files into the fleet's folder, commit exactly these files, and return the id of the commit.

        Nothing is pushed.

        Raises:
            DiagnosticError: SF450, one of the files has changes that are not committed; SF237, git failed; SF704, a
                file cannot be written. Nothing is changed then.
        """
        paths = [self.path(name) for name in files]
        if uncommitted(self.root, paths):
            text = f"{' or '.join(paths)} has uncommitted changes"
            raise DiagnosticError(Diagnostic("SF450", text, Span(paths[0]), "commit the previous step, or revert it"))
        with Transaction(self.root) as transaction:
            self._write(transaction, files)
            return transaction.commit(message)

    def _write(self, transaction: Transaction, files: Mapping[str, bytes]) -> None:
        """Write files, the lock last, because the tombstones approve the deletions that the lock causes."""
        for name in sorted(files, key=lambda n: n == LOCK_FILE):
            path = self.path(name)
            try:
                transaction.write(path, files[name])
            except OSError as error:
                text = f"cannot write {name}: {error.strerror or error}"
                hint = "free disk space or allow writing, then run the command again"
                raise DiagnosticError(Diagnostic("SF704", text, Span(path), hint)) from None

    def lock_before(self) -> Lock | None:
        """Return the lock before its last commit; None if the lock has fewer than two commits."""
        path = self.path(LOCK_FILE)
        commits = git(self.root, "log", "-2", "--format=%H", "--", path).split()
        if len(commits) < 2:
            return None
        return parse_lock(f"{git(self.root, 'show', f'{commits[1]}:./{path}')}\n".encode(), path)

    def last_change(self, *paths: Path) -> str:
        """Return the id of the last commit that changed any of these files or folders."""
        return git(self.root, "log", "-1", "--format=%H", "--", *(str(path.resolve()) for path in paths))

    def contains(self, folder: Path) -> bool:
        """Return whether a folder is in the same git repo."""
        top = git(self.root, "rev-parse", "--show-toplevel")
        return folder.resolve().is_relative_to(Path(top).resolve())

    def includes(self, commit: str, older: str) -> bool:
        """Return whether `commit` equals the commit `older` or descends from it."""
        if commit == older:
            return True
        base = git(self.root, "merge-base", older, commit, check=False)
        return bool(older) and base == older


def expectations(fleet: FleetInput, lock: Lock, cell: Cell, checkout: Checkout, out: Path) -> Expectations:
    """Return the state that a data center must reach for the last committed step to be complete.

    Args:
        fleet: The fleet.
        lock: The committed lock.
        cell: The data center.
        checkout: The checkout with the lock's history.
        out: The tree, compiled from the lock and committed.

    Raises:
        DiagnosticError: SF450, the tree is in another repo; SF237, git failed.
    """
    if not checkout.contains(out):
        text = f"the tree {out.name}/ is in another repository, so --wait cannot find the commits of its files"
        hint = "check in Argo CD that the previous step is complete, and continue without --wait"
        raise DiagnosticError(Diagnostic("SF450", text, None, hint))
    lock_before = checkout.lock_before()
    if lock_before is None:
        return Expectations({})
    before, after = (namespaces_of(at, cell, {}) for at in (lock_before, lock))
    changed = [team for team in sorted({*before, *after}) if before.get(team) != after.get(team)]
    if not changed:
        return Expectations({})
    clusters = fleet.model.data_center(cell).clusters
    tree = read_previous(out).clusters
    targets = {name: Target(cell.environment, cell.data_center, name) for name in sorted(clusters)}
    inventories = {name: tree[str(target)] for name, target in targets.items() if str(target) in tree}
    # Weights are part of every gateway's configuration. On a cluster that is drained, the platform's Application is
    # never in sync: its namespaces wait for a person's confirmation before Argo CD deletes them.
    folder = out / str(cell)
    applications = {
        inventory.application: checkout.last_change(folder / name / "_platform", folder / name / "_tenancy")
        for name, inventory in inventories.items()
        if clusters[name].state != "draining"
    }
    running: list[tuple[Target, str]] = []
    left: list[tuple[Target, str]] = []
    for team in changed:
        namespace = fleet.namespace(team, cell.environment)
        hosts = after.get(team, NamespaceMove(())).clusters
        for name in sorted(hosts):
            entry = inventories[name].namespaces.get(namespace) if name in inventories else None
            if entry is not None and team in fleet.model.teams:  # a team without apps has no entry
                commit = checkout.last_change(folder / name / namespace)
                single = fleet.model.teams[team].unit == "app"
                names = [app.application for app in entry.apps.values()] if single else [entry.application]
                applications |= dict.fromkeys(names, commit)
                running.append((targets[name], namespace))
        left += [
            (targets[name], namespace)
            for name in before.get(team, NamespaceMove(())).clusters
            if name not in hosts and name in clusters
        ]
    gone = tuple((clusters[target.cluster].server, namespace) for target, namespace in left)
    return Expectations(applications, gone, tuple(running), tuple(left))


def in_git(folder: Path) -> bool:
    """Return whether a folder is in a git repo."""
    return folder.is_dir() and git(folder, "rev-parse", "--is-inside-work-tree", check=False) == "true"


def follow_up(checkout: Checkout, out: Path | None, message: str, files: Sequence[str]) -> list[str]:
    """Return the shell commands that compile a step, and commit the step's files and the tree.

    Args:
        checkout: The checkout with the manifests.
        out: The tree; None if the tree is elsewhere.
        message: The commit message of the step.
        files: The files of the fleet's folder that are written and not committed.
    """
    subject = shlex.quote(message.splitlines()[0] + ("" if files else " (tree)"))
    paths = [shlex.quote(os.path.relpath(checkout.fleet / name)) for name in files]
    if out is None:
        lines = ["# compile, and commit the tree where it lies"]
    else:
        tree = os.path.relpath(out)
        lines = ["sixfold compile" if tree == "overlays" else f"sixfold compile --out {shlex.quote(tree)}"]
        if out.is_relative_to(checkout.root) or not in_git(out):
            paths.append(shlex.quote(tree))
        else:
            repo = f"git -C {shlex.quote(tree)}"
            lines.append(f"{repo} add -A . && {repo} commit -m {subject} -- .")
    if paths:
        lines.append(f"git add -A {' '.join(paths)} && git commit -m {subject} -- {' '.join(paths)}")
    return lines
