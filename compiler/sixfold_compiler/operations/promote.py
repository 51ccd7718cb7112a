"""Promotion: copy the versions in one environment's release file to another's."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sixfold_compiler.diagnostics import Diagnostic, DiagnosticError, Span, suggest
from sixfold_compiler.inputs.lookup import find_app
from sixfold_compiler.inputs.releases import new_release, with_versions
from sixfold_compiler.inputs.sources import ReleaseFile, load_release
from sixfold_compiler.model.addresses import AppKey

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["Promotion", "VersionChange", "promotion", "read_release", "release_path"]


@dataclass(frozen=True, slots=True)
class VersionChange:
    """The version of an app in the target environment, before (empty if it had none) and after a promotion."""

    app: AppKey
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Promotion:
    """The release file that a promotion writes: its path in the deploy repo, its content, and the changed versions."""

    path: str
    data: bytes
    changes: tuple[VersionChange, ...]


def promotion(root: Path, source: str, target: str, apps: tuple[str, ...]) -> Promotion:
    """Compute the promotion of apps from one environment to another.

    Args:
        root: The deploy repo.
        source: The environment to promote from.
        target: The environment to promote to.
        apps: The apps, as `TEAM/APP` or `APP`; empty: all apps with a version in `source`.

    Raises:
        DiagnosticError: SF231 (no release file to promote from), SF232 (an app without a version in it), SF202 (a
            release file is invalid), SF233 (source and target are the same).
    """
    if source == target:
        text = f"the environment {source!r} cannot be promoted to itself"
        raise DiagnosticError(Diagnostic("SF233", text, None, "name two different environments"))
    origin = read_release(root, source)
    if origin is None:
        names = sorted(path.stem for path in (root / "releases").glob("*.yaml"))
        text = f"the environment {source!r} has no release file"
        raise DiagnosticError(Diagnostic("SF231", text, Span(release_path(source)), suggest(source, names)))
    versions = {AppKey.parse(key): version for key, version in origin.versions.items()}
    chosen = dict.fromkeys(find_app(app, versions, _unversioned(app, origin)) for app in apps) or sorted(versions)
    destination = read_release(root, target)
    current = destination.versions if destination else {}
    changes = tuple(
        VersionChange(app, current.get(str(app), ""), versions[app])
        for app in chosen
        if current.get(str(app)) != versions[app]
    )
    path = root / release_path(target)
    data = path.read_bytes() if destination else new_release(target)
    data = with_versions(data, {str(change.app): change.after for change in changes})
    return Promotion(release_path(target), data, changes)


def _unversioned(app: str, release: ReleaseFile) -> Diagnostic:
    return Diagnostic(
        "SF232",
        f"the release file of {release.environment!r} has no version of the app {app!r}",
        Span(release.name),
        suggest(app, release.versions),
    )


def read_release(root: Path, environment: str) -> ReleaseFile | None:
    """Read the release file of an environment; return None if there is no file.

    Raises:
        DiagnosticError: SF1xx or SF202, the file is invalid.
    """
    name = release_path(environment)
    return load_release(root / name, root, name) if (root / name).exists() else None


def release_path(environment: str) -> str:
    """Return the path of an environment's release file, relative to a deploy repo."""
    return f"releases/{environment}.yaml"
