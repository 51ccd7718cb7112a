"""Carrying a step out: what it changes in the checkout, as files or as a commit, and what was committed before it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from sixfold_compiler.diagnostics import Diagnostic, DiagnosticError, Span
from sixfold_compiler.files.atomic import replace_file
from sixfold_compiler.inputs.git import git
from sixfold_compiler.migration.health import Wanted
from sixfold_compiler.migration.step import ways_of
from sixfold_compiler.placement import LOCK_FILE, Lock, dump_lock
from sixfold_compiler.placement.locktext import parse_lock
from sixfold_compiler.tree.reader import read_previous

if TYPE_CHECKING:
    from sixfold_compiler.inputs.fleet import FleetInput
    from sixfold_compiler.migration.step import Step
    from sixfold_compiler.model.addresses import Cell

__all__ = ["Checkout", "files_of", "wanted"]


@dataclass(frozen=True, slots=True)
class Checkout:
    """A checkout of the deploy repo: the folder with the manifests, which may lie below git's, and the fleet's."""

    root: Path
    fleet: Path

    def path(self, name: str) -> str:
        """A file of the fleet's folder, relative to the root."""
        return (self.fleet / name).relative_to(self.root).as_posix()

    def write(self, files: dict[str, bytes]) -> None:
        """Write files of the fleet's folder, the lock last: what it takes away is approved before.

        Raises:
            DiagnosticError: SF704, the file system refused; what was written is taken back.
        """
        before = {n: (self.fleet / n).read_bytes() if (self.fleet / n).is_file() else None for n in files}
        name = LOCK_FILE
        try:
            for name in sorted(files, key=lambda n: n == LOCK_FILE):
                replace_file(self.fleet / name, files[name])
        except OSError as error:
            for written, data in before.items():
                if data is None:
                    (self.fleet / written).unlink(missing_ok=True)
                elif (self.fleet / written).read_bytes() != data:
                    replace_file(self.fleet / written, data)
            text = f"cannot write {name}: {error.strerror or error}"
            span = Span(self.path(name))
            raise DiagnosticError(
                Diagnostic("SF704", text, span, "free space, or allow writing, and run it again")
            ) from None

    def commit(self, files: dict[str, bytes], message: str) -> str:
        """Write files of the fleet's folder and commit them, and nothing else. The commit's id; nothing is pushed.

        Raises:
            DiagnosticError: SF450, one of them has changes that nobody committed; SF237, git failed; SF704. Nothing is
                changed then.
        """
        paths = [self.path(name) for name in files]
        if self.changed(files):
            text = f"{' or '.join(paths)} has changes that are not committed"
            raise DiagnosticError(Diagnostic("SF450", text, Span(paths[0]), "commit the step before, or take it back"))
        before = {name: (self.fleet / name).read_bytes() if (self.fleet / name).is_file() else None for name in files}
        self.write(files)
        try:
            git(self.root, "add", "--", *paths)
            git(self.root, "commit", "--quiet", "-m", message, "--", *paths)
        except DiagnosticError:
            git(self.root, "reset", "--quiet", "--", *paths, check=False)
            for name, data in before.items():
                if data is None:
                    (self.fleet / name).unlink(missing_ok=True)
                else:
                    replace_file(self.fleet / name, data)
            raise
        return git(self.root, "rev-parse", "HEAD")

    def changed(self, names: dict[str, bytes] | tuple[str, ...]) -> bool:
        """Whether files of the fleet's folder differ from HEAD."""
        paths = [self.path(name) for name in names]
        return bool(git(self.root, "status", "--porcelain", "--untracked-files=all", "--", *paths))

    def lock_before(self) -> Lock | None:
        """The lock as it was before its last commit; None where it has had one commit at most."""
        path = self.path(LOCK_FILE)
        commits = git(self.root, "log", "-2", "--format=%H", "--", path).split()
        if len(commits) < 2:
            return None
        return parse_lock(f"{git(self.root, 'show', f'{commits[1]}:./{path}')}\n".encode(), path)

    def last_change(self, *paths: Path) -> str:
        """The last commit that changed any of these files and folders."""
        return git(self.root, "log", "-1", "--format=%H", "--", *(str(path.resolve()) for path in paths))

    def holds(self, folder: Path) -> bool:
        """Whether a folder lies in the same repo, which may begin above the root."""
        top = git(self.root, "rev-parse", "--show-toplevel")
        return folder.resolve().is_relative_to(Path(top).resolve())

    def includes(self, commit: str, older: str) -> bool:
        """Whether a commit is `older` or comes after it."""
        if commit == older:
            return True
        base = git(self.root, "merge-base", older, commit, check=False)
        return bool(older) and base == older


def wanted(fleet: FleetInput, lock: Lock, cell: Cell, checkout: Checkout, out: Path) -> Wanted:
    """What is to be seen of the last step in a data center, from what is committed. Lock and tree must be current.

    Raises:
        DiagnosticError: SF450, the tree lies in another repo; SF237.
    """
    if not checkout.holds(out):
        text = f"the tree {out.name}/ lies in another repo, where the commits of its files are not known"
        hint = "look at Argo CD yourself, and go on without --wait"
        raise DiagnosticError(Diagnostic("SF450", text, None, hint))
    before = checkout.lock_before()
    now, was = ways_of(lock, cell, {}), ways_of(before, cell, {}) if before is not None else {}
    teams = sorted(team for team in {*now, *was} if before is not None and now.get(team) != was.get(team))
    tree = read_previous(out)
    applications: dict[str, str] = {}
    gone: list[tuple[str, str]] = []
    namespaces: list[tuple[str, str]] = []
    left: list[tuple[str, str]] = []
    center = fleet.model.environments[cell.environment].data_centers[cell.data_center]
    for name in sorted(center.clusters) if teams else ():  # weights go with the gateways' configuration
        row = tree.clusters.get(f"{cell}/{name}")
        # On a cluster that is drained, namespaces wait for a person's word before they are deleted.
        if row is not None and center.clusters[name].state != "draining":
            folder = out / str(cell) / name
            applications[row["application"]] = checkout.last_change(folder / "_platform", folder / "_tenancy")
    for team in teams:
        namespace = fleet.namespace(team, cell.environment)
        hosts = {h.cluster for h in now[team].row} if team in now else set()
        for cluster in sorted(hosts):
            row = tree.clusters.get(f"{cell}/{cluster}", {}).get("namespaces", {}).get(namespace)
            if row is None or team not in fleet.model.teams:
                continue  # a team without apps
            commit = checkout.last_change(out / str(cell) / cluster / namespace)
            names = [row["application"]]
            if fleet.model.teams[team].unit == "app":
                names = [app["application"] for app in row["apps"].values()]
            applications |= dict.fromkeys(names, commit)
            namespaces.append((f"{cell}/{cluster}", namespace))
        for host in was[team].row if team in was else ():
            if host.cluster not in hosts and host.cluster in center.clusters:
                gone.append((center.clusters[host.cluster].server, namespace))
                left.append((f"{cell}/{host.cluster}", namespace))
    return Wanted(applications, tuple(gone), tuple(namespaces), tuple(left))


def files_of(step: Step) -> dict[str, bytes]:
    """The lock of a step, by its name in the fleet's folder."""
    return {LOCK_FILE: dump_lock(step.lock)}
