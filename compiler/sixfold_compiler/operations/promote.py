"""Promotion: copy the versions of apps from the release files of one environment to those of another."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sixfold_compiler.diagnostics import Diagnostic, DiagnosticError, Span, suggest
from sixfold_compiler.inputs.lookup import find_app
from sixfold_compiler.inputs.release_files import FOLDER, ReleaseFile, load_release, release_path, without_owner
from sixfold_compiler.inputs.releases import new_release, with_versions
from sixfold_compiler.model.addresses import AppKey
from sixfold_compiler.model.versions import goes_back

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

__all__ = ["Promotion", "VersionChange", "left_versions", "promotion", "read_release"]


@dataclass(frozen=True, slots=True)
class VersionChange:
    """The version of an app in the target environment, before (empty if it had none) and after a promotion."""

    app: AppKey
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Promotion:
    """The release files that a promotion writes, by path in the deploy repo, and the changed versions."""

    files: Mapping[str, bytes]
    changes: tuple[VersionChange, ...]


def promotion(root: Path, source: str, target: str, apps: tuple[str, ...], *, back: bool = False) -> Promotion:
    """Compute the promotion of apps from one environment to another.

    Args:
        root: The deploy repo.
        source: The environment to promote from.
        target: The environment to promote to.
        apps: The apps, as `TEAM/APP` or `APP`; empty: all apps with a version in `source`.
        back: Whether to allow apps to go back to an older version.

    Raises:
        DiagnosticError: SF231 (no release file to promote from), SF232 (an app without a version in it), SF202 or SF227
            (a release file that the promotion reads is invalid, or has an entry of another team), SF226 (a release
            file has no owner), SF233 (source and target are the same).
    """
    if source == target:
        text = f"the environment {source!r} cannot be promoted to itself"
        raise DiagnosticError(Diagnostic("SF233", text, None, "name two different environments"))
    if problems := without_owner(root, lambda path: path.relative_to(root).as_posix()):
        raise DiagnosticError(problems)
    teams = {path.stem for path in (root / FOLDER / source).glob("*.yaml")}
    if not teams:
        names = sorted(path.name for path in (root / FOLDER).glob("*/"))
        text = f"the environment {source!r} has no release file"
        raise DiagnosticError(Diagnostic("SF231", text, Span(f"{FOLDER}/{source}"), suggest(source, names)))
    # An app that names its team needs no file of another team, which may be wrong.
    named = {app.partition("/")[0] for app in apps if "/" in app}
    if apps and len(named) == len({app.partition("/")[0] for app in apps}) and named <= teams:
        teams = named
    versions = _versions(root, source, teams)
    chosen = dict.fromkeys(find_app(app, versions, _unversioned(app, source, versions)) for app in apps)
    files, changes = {}, []
    for team in sorted({key.team for key in chosen or versions}):
        wanted = {key: versions[key] for key in chosen or sorted(versions) if key.team == team}
        destination = read_release(root, target, team)
        current = destination.versions if destination else {}
        changed = [key for key, version in wanted.items() if current.get(str(key)) != version]
        changes += [VersionChange(key, current.get(str(key), ""), wanted[key]) for key in changed]
        if changed:
            path = release_path(target, team)
            data = (root / path).read_bytes() if destination else new_release(target)
            new = {str(key): wanted[key] for key in changed}
            files[path] = with_versions(data, new, left_versions(destination, new) if back else None)
    order = {key: number for number, key in enumerate(chosen or sorted(versions))}
    return Promotion(files, tuple(sorted(changes, key=lambda change: order[change.app])))


def left_versions(release: ReleaseFile | None, versions: Mapping[str, str]) -> dict[str, str]:
    """Return the version that each app leaves, for the apps of `versions` that go back to an older one."""
    current = release.versions if release else {}
    return {key: current[key] for key, version in versions.items() if goes_back(current.get(key, ""), version)}


def _versions(root: Path, environment: str, teams: set[str]) -> dict[AppKey, str]:
    """Return the versions of these teams' apps in an environment."""
    releases = (read_release(root, environment, team) for team in sorted(teams))
    return {AppKey.parse(key): v for release in releases if release for key, v in release.versions.items()}


def _unversioned(app: str, environment: str, versions: Mapping[AppKey, str]) -> Diagnostic:
    return Diagnostic(
        "SF232",
        f"no release file of {environment!r} has a version of the app {app!r}",
        Span(f"{FOLDER}/{environment}"),
        suggest(app, map(str, versions)),
    )


def read_release(root: Path, environment: str, team: str) -> ReleaseFile | None:
    """Read the release file of a team in an environment; return None if there is no file.

    Raises:
        DiagnosticError: SF1xx, SF202 or SF227, the file or an entry is invalid.
    """
    name = release_path(environment, team)
    return load_release(root / name, root, name) if (root / name).exists() else None
