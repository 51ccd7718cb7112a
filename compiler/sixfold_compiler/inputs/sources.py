"""Search for manifests and release files below the paths given to a command.

A manifest is `<root>/apps/<team>/<app>.yaml`; its release files are `<root>/releases/<environment>/<team>.yaml`. A file
that is named explicitly, such as the `sixfold.yaml` of an app repo, may be anywhere. Links are not followed.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from sixfold_compiler.diagnostics import Diagnostic, DiagnosticError, Span
from sixfold_compiler.files.confined import ConfinementError, read_confined, unreadable
from sixfold_compiler.inputs.release_files import MAX_FILE, Releases, astray_releases, read_releases
from sixfold_compiler.model.addresses import AppKey

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["MAX_FILE", "ManifestFile", "Sources", "discover"]

HEAD = 4096  # bytes of a file in which a manifest says what it is
_SKIPPED = frozenset({"node_modules", "__pycache__", "venv"})
_YAML = (".yaml", ".yml")


@dataclass(frozen=True, slots=True)
class ManifestFile:
    """A manifest file.

    `name` is its path in diagnostics, and `root` the folder that contains `apps/` and `releases/`. `key` is the app
    that the path names; None for a file outside of `apps/`.
    """

    path: Path
    name: str
    root: Path
    key: AppKey | None


@dataclass(frozen=True, slots=True)
class Sources:
    """The manifests and release files below the paths given to a command.

    `releases` are by root, environment and team. `complete` is true if no path was given: then an app without a
    manifest has been removed, except for the apps in `hidden` and the teams in `hidden_teams`, whose manifests exist
    but cannot be read.
    """

    manifests: tuple[ManifestFile, ...]
    releases: dict[Path, Releases]
    diagnostics: tuple[Diagnostic, ...]
    complete: bool
    hidden: frozenset[AppKey] = frozenset()
    hidden_teams: frozenset[str] = frozenset()

    def hides(self, key: AppKey) -> bool:
        """Return whether the app may have a manifest that could not be read."""
        return key in self.hidden or key.team in self.hidden_teams


def discover(paths: tuple[Path, ...], base: Path, exclude: Path | None = None) -> Sources:
    """Find the manifests and release files below `paths`.

    Args:
        paths: Files and folders. If empty, all of the deploy repo.
        base: The folder of the deploy repo.
        exclude: A folder to skip: the overlay tree.

    Raises:
        DiagnosticError: SF201, a path does not exist; SF111, a folder cannot be read; SF226, a release file without an
            owner.
    """
    search = _Search(exclude.resolve() if exclude else None)
    for path in paths or (base,):
        if not path.exists():
            raise DiagnosticError(
                Diagnostic(
                    "SF201",
                    f"the path {path} does not exist",
                    None,
                    "name a manifest or a folder, or no path for all manifests",
                )
            )
        if path.is_dir():
            search.folder(path.resolve(), _shown(path, base))
        else:
            search.file(path.resolve(), _shown(path, base))
    manifests = tuple(search.manifests[path] for path in sorted(search.manifests))
    releases: dict[Path, Releases] = {}
    for root in sorted({manifest.root for manifest in manifests}):
        owners = {manifest.key.team if manifest.key else "" for manifest in manifests if manifest.root == root}
        # Whoever compiles some manifests needs the versions of their teams, and all of them if a team is not known yet.
        read = read_releases(root, lambda file: _shown(file, base), owners if paths and "" not in owners else None)
        releases[root] = read
        search.problems.extend(d for files in read.values() for file in files.values() for d in file.problems)
        if not paths:
            search.problems.extend(astray_releases(root, lambda file: _shown(file, base)))
    hidden, teams = frozenset(search.hidden), frozenset(search.hidden_teams)
    return Sources(manifests, releases, tuple(search.problems), complete=not paths, hidden=hidden, hidden_teams=teams)


@dataclass(slots=True)
class _Search:
    """The state of a search: the manifests by path, and the files that may be manifests but cannot be read."""

    excluded: Path | None
    manifests: dict[Path, ManifestFile] = field(default_factory=dict)
    problems: list[Diagnostic] = field(default_factory=list)
    hidden: set[AppKey] = field(default_factory=set)
    hidden_teams: set[str] = field(default_factory=set)

    def file(self, path: Path, shown: str) -> None:
        """Add a manifest that was named explicitly, wherever it is."""
        in_place = path.parent.parent.name == "apps"
        key = AppKey(path.parent.name, path.stem) if in_place else None
        self.manifests.setdefault(path, ManifestFile(path, shown, _root_of(path), key))

    def folder(self, top: Path, shown: str) -> None:
        """Add every manifest below a folder; `shown` is the folder's path in diagnostics. Links are not followed.

        Raises:
            DiagnosticError: SF111, a folder cannot be read.
        """

        def name(path: Path) -> str:
            return os.path.normpath(os.path.join(shown, os.path.relpath(path, top)))  # noqa: PTH118 - text, not a place

        def fail(error: OSError) -> None:
            raise DiagnosticError(
                Diagnostic(
                    "SF111",
                    f"cannot read the folder: {unreadable(error)}",
                    Span(name(Path(error.filename))),
                    "make the folder readable: apps in it would otherwise count as removed",
                )
            )

        for entry, folders, files in os.walk(top, onerror=fail):
            folder = Path(entry)
            folders[:] = sorted(f for f in folders if self._enters(folder / f))
            for link in [f for f in folders if (folder / f).is_symlink() and "apps" in (f, folder.name)]:
                team = link if folder.name == "apps" else ""
                self.problems.append(_link(name(folder / link), f"{team}/*" if team else ""))
                self.hidden_teams.add(team)
            if folder.name == "apps":
                self._astray(folder, files, name)
            if folder.parent.name != "apps":
                continue
            for file in sorted(files):
                self._add(folder / file, f"{name(folder)}/{file}")
            for below in folders:  # they hold the config files of the team's manifests
                if below.lower().endswith(_YAML):
                    self._unread(folder / below, name(folder / below), "it is a folder, and not a file")
                for entry_below, _, files_below in os.walk(folder / below):
                    self._astray(Path(entry_below), files_below, name, folder.name)
            folders[:] = []

    def _enters(self, folder: Path) -> bool:
        return not folder.name.startswith(".") and folder.name not in _SKIPPED and folder != self.excluded

    def _add(self, path: Path, shown: str) -> None:
        """Add a file in the folder of a team, if it is a manifest."""
        team, root = path.parent.name, path.parent.parent.parent
        if not path.name.endswith(".yaml"):
            if path.name.lower().endswith(_YAML):
                self._unread(path, shown, "the name of a manifest ends in .yaml")
        else:
            key = AppKey(team, path.name.removesuffix(".yaml"))
            if path.is_symlink():
                self.problems.append(_link(shown, str(key)))
                self.hidden.add(key)
            else:
                self.manifests.setdefault(path, ManifestFile(path, shown, root, key))

    def _astray(self, folder: Path, files: list[str], name: Callable[[Path], str], team: str = "") -> None:
        """Report the manifests among the files of a folder that is not the folder of a team."""
        for file in sorted(f for f in files if f.lower().endswith(_YAML)):
            if _is_manifest(folder / file):
                self._unread(folder / file, name(folder / file), "it is not directly in the folder of its team", team)

    def _unread(self, path: Path, shown: str, why: str, team: str | None = None) -> None:
        """Report a file that looks like a manifest and is not read. It exists, so its app has not been removed."""
        team = path.parent.name if team is None else team
        key = AppKey(team, path.stem) if team else None
        text = f"{path.name} is not read as a manifest, because {why}"
        where = f"make it the file apps/{team or '<team>'}/{path.stem}.yaml"
        self.problems.append(Diagnostic("SF203", text, Span(shown), where, app=str(key or "")))
        if key is not None:
            self.hidden.add(key)


def _is_manifest(path: Path) -> bool:
    """Return whether a file begins as a manifest does."""
    try:
        data = read_confined(path, path.parent)
    except (ConfinementError, OSError):
        return False
    return b"apiVersion: sixfold.dev/" in data[:HEAD] and b"kind: App" in data[:HEAD]


def _link(name: str, app: str) -> Diagnostic:
    """Build the SF111 of a symbolic link, as a problem of an app, of all apps of a team (`team/*`), or of no app."""
    text = f"{name.rpartition('/')[2]} is a symbolic link, which is not followed"
    return Diagnostic("SF111", text, Span(name), "replace the link by the file or folder itself", app=app)


def _root_of(path: Path) -> Path:
    """Return a manifest's root: the nearest parent folder in the checkout that has `releases/`, else its own folder."""
    if path.parent.parent.name == "apps":
        return path.parent.parent.parent
    for parent in path.parents:
        if (parent / "releases").is_dir():
            return parent
        if (parent / ".git").exists():
            break
    return path.parent


def _shown(path: Path, base: Path) -> str:
    """Return a path for diagnostics: relative to the working folder or to `base`, else its last name."""
    resolved = path.resolve()
    try:
        return resolved.relative_to(Path.cwd()).as_posix()
    except ValueError:
        pass
    try:
        return resolved.relative_to(base.resolve()).as_posix()
    except ValueError:
        return path.name
