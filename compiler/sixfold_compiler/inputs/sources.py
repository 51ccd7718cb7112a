"""Finding what people wrote: manifests and release files under the paths of a command.

A manifest is `<root>/apps/<team>/<app>.yaml`; its release files are `<root>/releases/<environment>.yaml`. A file that
is named outright may stand anywhere (an app repo's `sixfold.yaml`). Links are not followed.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import ValidationError

from sixfold_compiler.diagnostics import Diagnostic, DiagnosticError, Span
from sixfold_compiler.files.confined import ConfinementError, read_confined, unreadable
from sixfold_compiler.model.app import Release
from sixfold_compiler.model.validation import diagnose
from sixfold_compiler.yaml.loader import load_documents

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["MAX_FILE", "ManifestFile", "ReleaseFile", "Sources", "discover", "load_release", "unread"]

MAX_FILE = 1024 * 1024  # bytes; the loader's own limits are lower, this one only bounds the read
_SKIPPED = frozenset({"node_modules", "__pycache__", "venv"})


@dataclass(frozen=True, slots=True)
class ManifestFile:
    """A manifest's file: `name` is how it is shown, `key` the `team/app` that its path says (empty: any)."""

    path: Path
    name: str
    root: Path
    key: str


@dataclass(frozen=True, slots=True)
class ReleaseFile:
    """A valid release file: `team/app` to image version, with the place of every entry."""

    name: str
    environment: str
    versions: dict[str, str]
    spans: dict[str, Span]


@dataclass(frozen=True, slots=True)
class Sources:
    """Everything found.

    `releases[root][environment]`. `whole` when no path was named, so that absence means removal; but for the apps in
    `hidden` (`team/app`, or `team/` for all of a team), which are there and cannot be read.
    """

    manifests: tuple[ManifestFile, ...]
    releases: dict[Path, dict[str, ReleaseFile]]
    diagnostics: tuple[Diagnostic, ...]
    whole: bool
    hidden: frozenset[str] = frozenset()

    def hides(self, key: str) -> bool:
        """Whether the app may well have a manifest, in a place that cannot be read."""
        return key in self.hidden or f"{key.partition('/')[0]}/" in self.hidden


def discover(paths: tuple[Path, ...], base: Path, exclude: Path | None = None) -> Sources:
    """Manifests and release files under `paths` (under `base`, the whole deploy repo, when there are none).

    Raises:
        DiagnosticError: SF201, a path does not exist; SF111, a folder cannot be read.
    """
    hidden: set[str] = set()
    manifests: dict[Path, ManifestFile] = {}
    problems: list[Diagnostic] = []
    for path in paths or (base,):
        if not path.exists():
            raise DiagnosticError(
                Diagnostic("SF201", f"{path} does not exist", None, "name a manifest, a folder, or nothing")
            )
        if path.is_dir():
            for found in _walk(path.resolve(), exclude, problems, hidden, _shown(path, base)):
                manifests.setdefault(found.path, found)
        else:
            resolved = path.resolve()
            in_place = resolved.parent.parent.name == "apps"
            key = f"{resolved.parent.name}/{resolved.stem}" if in_place else ""
            manifests.setdefault(resolved, ManifestFile(resolved, _shown(path, base), _root_of(resolved), key))
    releases: dict[Path, dict[str, ReleaseFile]] = {}
    for root in sorted({m.root for m in manifests.values()}):
        releases[root] = {}
        for file in sorted((root / "releases").glob("*.yaml")):
            try:
                release = load_release(file, root, _shown(file, base))
            except DiagnosticError as error:
                problems.extend(error.diagnostics)
            else:
                releases[root][release.environment] = release
    found_all = tuple(manifests[p] for p in sorted(manifests))
    return Sources(found_all, releases, tuple(problems), whole=not paths, hidden=frozenset(hidden))


def unread(manifest: ManifestFile, error: Exception) -> Diagnostic:
    """What is told of a manifest whose file cannot be read (SF111)."""
    text = f"cannot read the manifest: {unreadable(error)}"
    hint = f"a manifest is a readable file of at most {MAX_FILE // 1024} KiB; large text belongs under config.files"
    return Diagnostic("SF111", text, Span(manifest.name), hint, app=manifest.key or manifest.name)


def load_release(file: Path, root: Path, name: str) -> ReleaseFile:
    """One release file.

    Raises:
        DiagnosticError: SF1xx where it cannot be loaded, SF202 where it is not a valid release file.
    """
    try:
        data = read_confined(file, root, MAX_FILE)
    except (ConfinementError, OSError) as error:
        raise DiagnosticError(
            Diagnostic("SF111", f"cannot read the release file: {unreadable(error)}", Span(name))
        ) from None
    documents = load_documents(data, name)
    if len(documents) != 1:
        raise DiagnosticError(Diagnostic("SF202", "a release file holds exactly one document", Span(name, 1, 1)))
    document = documents[0]
    try:
        release = Release.model_validate(document.value)
    except ValidationError as error:
        raise DiagnosticError(diagnose(error, Release, document.value, document.span, code="SF202")) from None
    if release.environment != file.stem:
        raise DiagnosticError(
            Diagnostic(
                "SF202",
                f"the release file of {release.environment!r} is named {file.name}",
                document.span(("environment",)),
                f"name it {release.environment}.yaml",
            )
        )
    spans = {key: document.span(("apps", key)) for key in release.apps}
    return ReleaseFile(name, release.environment, dict(release.apps), spans)


def _walk(
    top: Path, exclude: Path | None, problems: list[Diagnostic], hidden: set[str], shown: str
) -> Iterator[ManifestFile]:
    excluded = exclude.resolve() if exclude else None

    def name(path: Path) -> str:
        return os.path.normpath(os.path.join(shown, os.path.relpath(path, top)))  # noqa: PTH118 - text, not a place

    def fail(error: OSError) -> None:
        raise DiagnosticError(
            Diagnostic(
                "SF111",
                f"cannot read the folder: {unreadable(error)}",
                Span(name(Path(error.filename))),
                "what cannot be seen would be taken for removed: make it readable",
            )
        )

    for folder, folders, files in os.walk(top, onerror=fail):
        here = Path(folder)
        folders[:] = sorted(f for f in folders if not f.startswith(".") and f not in _SKIPPED and here / f != excluded)
        for link in [f for f in folders if (here / f).is_symlink() and (f == "apps" or here.name == "apps")]:
            team = link if here.name == "apps" else ""
            problems.append(_link(name(here / link), f"{team}/*" if team else ""))
            hidden.add(f"{team}/")
        if here.parent.name != "apps":
            continue
        folders[:] = []  # below a team's folder are files that its manifests name, not manifests
        prefix, root, team = name(here), here.parent.parent, here.name
        for file in sorted(files):
            path, told, key = here / file, f"{prefix}/{file}", f"{team}/{file.removesuffix('.yaml')}"
            if file.endswith(".yml"):
                key, text = f"{team}/{path.stem}", f"{file}: manifests end in .yaml"
                problems.append(Diagnostic("SF203", text, Span(told), "rename it", app=key))
                hidden.add(key)  # it is there, and is nobody else's problem
            elif file.endswith(".yaml") and path.is_symlink():
                problems.append(_link(told, key))
                hidden.add(key)
            elif file.endswith(".yaml"):
                yield ManifestFile(path, told, root, key)


def _link(name: str, app: str) -> Diagnostic:
    text = f"{name.rpartition('/')[2]} is a symbolic link"
    return Diagnostic("SF111", text, Span(name), "put what it leads to in its place", app=app)


def _root_of(path: Path) -> Path:
    if path.parent.parent.name == "apps":
        return path.parent.parent.parent
    for parent in path.parents:
        if (parent / "releases").is_dir():
            return parent
        if (parent / ".git").exists():
            break
    return path.parent


def _shown(path: Path, base: Path) -> str:
    resolved = path.resolve()
    try:
        return resolved.relative_to(Path.cwd()).as_posix()
    except ValueError:
        pass
    try:
        return resolved.relative_to(base.resolve()).as_posix()
    except ValueError:
        return path.name
