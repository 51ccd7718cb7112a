"""Search for manifests and release files below the paths given to a command.

A manifest is `<root>/apps/<team>/<app>.yaml`; its release files are `<root>/releases/<environment>.yaml`. A file that
is named explicitly, such as the `sixfold.yaml` of an app repo, may be anywhere. Links are not followed.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path

from pydantic import ValidationError

from sixfold_compiler.diagnostics import Diagnostic, DiagnosticError, Span
from sixfold_compiler.files.confined import ConfinementError, read_confined, unreadable
from sixfold_compiler.model.addresses import AppKey
from sixfold_compiler.model.app import Release
from sixfold_compiler.model.validation import diagnose
from sixfold_compiler.yaml.loader import load_documents

__all__ = ["MAX_FILE", "ManifestFile", "ReleaseFile", "Sources", "discover", "load_release"]

MAX_FILE = 1024 * 1024  # bytes; the loader's own limits are lower, this one only bounds the read
_SKIPPED = frozenset({"node_modules", "__pycache__", "venv"})


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
class ReleaseFile:
    """A valid release file: the image versions by `team/app`, and the source position of each entry."""

    name: str
    environment: str
    versions: dict[str, str]
    spans: dict[str, Span]


@dataclass(frozen=True, slots=True)
class Sources:
    """The manifests and release files below the paths given to a command.

    `releases` are by root and environment. `complete` is true if no path was given: then an app without a manifest has
    been removed, except for the apps in `hidden` and the teams in `hidden_teams`, whose manifests exist but cannot be
    read.
    """

    manifests: tuple[ManifestFile, ...]
    releases: dict[Path, dict[str, ReleaseFile]]
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
        DiagnosticError: SF201, a path does not exist; SF111, a folder cannot be read.
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
    releases: dict[Path, dict[str, ReleaseFile]] = {}
    for root in sorted({manifest.root for manifest in manifests}):
        releases[root] = {}
        for file in sorted((root / "releases").glob("*.yaml")):
            try:
                release = load_release(file, root, _shown(file, base))
            except DiagnosticError as error:
                search.problems.extend(error.diagnostics)
            else:
                releases[root][release.environment] = release
    hidden, teams = frozenset(search.hidden), frozenset(search.hidden_teams)
    return Sources(manifests, releases, tuple(search.problems), complete=not paths, hidden=hidden, hidden_teams=teams)


def load_release(file: Path, root: Path, name: str) -> ReleaseFile:
    """Read and validate a release file.

    Args:
        file: The file, named after its environment.
        root: The folder that must contain the file.
        name: The path in diagnostics.

    Raises:
        DiagnosticError: SF1xx, the file cannot be read or is not YAML; SF202, it is not a valid release file.
    """
    try:
        data = read_confined(file, root, MAX_FILE)
    except (ConfinementError, OSError) as error:
        raise DiagnosticError(
            Diagnostic(
                "SF111", f"cannot read the release file: {unreadable(error)}", Span(name), "make it a readable file"
            )
        ) from None
    documents = load_documents(data, name)
    if len(documents) != 1:
        text = f"the release file has {len(documents)} documents instead of one" if documents else "the file is empty"
        hint = "write one document of kind Release; `sixfold schema release` lists its fields"
        raise DiagnosticError(Diagnostic("SF202", text, Span(name, 1, 1), hint))
    document = documents[0]
    try:
        release = Release.model_validate(document.value)
    except ValidationError as error:
        raise DiagnosticError(diagnose(error, Release, document.value, document.span, code="SF202")) from None
    if release.environment != file.stem:
        raise DiagnosticError(
            Diagnostic(
                "SF202",
                f"the file {file.name} is the release file of environment {release.environment!r}",
                document.span(("environment",)),
                f"rename it to {release.environment}.yaml, or correct the environment",
            )
        )
    spans = {key: document.span(("apps", key)) for key in release.apps}
    return ReleaseFile(name, release.environment, dict(release.apps), spans)


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
            if folder.parent.name != "apps":
                continue
            folders[:] = []  # folders below a team's folder hold the config files of its manifests
            for file in sorted(files):
                self._add(folder / file, f"{name(folder)}/{file}")

    def _enters(self, folder: Path) -> bool:
        return not folder.name.startswith(".") and folder.name not in _SKIPPED and folder != self.excluded

    def _add(self, path: Path, shown: str) -> None:
        """Add a file in the folder of a team, if it is a manifest."""
        team, root = path.parent.name, path.parent.parent.parent
        if path.name.endswith(".yml"):
            key = AppKey(team, path.stem)
            text = f"the file {path.name} is not read, because the name of a manifest ends in .yaml"
            self.problems.append(Diagnostic("SF203", text, Span(shown), f"rename it to {path.stem}.yaml", app=str(key)))
            self.hidden.add(key)  # the file exists, so the app has not been removed
        elif path.name.endswith(".yaml"):
            key = AppKey(team, path.name.removesuffix(".yaml"))
            if path.is_symlink():
                self.problems.append(_link(shown, str(key)))
                self.hidden.add(key)
            else:
                self.manifests.setdefault(path, ManifestFile(path, shown, root, key))


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
