"""Promotion: the versions of one environment's release file, written into another's."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sixfold_compiler.diagnostics import Diagnostic, DiagnosticError, Span, suggest
from sixfold_compiler.inputs.releases import new_release, with_versions
from sixfold_compiler.inputs.sources import ReleaseFile, load_release

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["Move", "Promotion", "choose_app", "promotion", "read_release", "release_path"]


@dataclass(frozen=True, slots=True)
class Move:
    """One app's version in the environment that is promoted to: before (empty: none) and after."""

    app: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Promotion:
    """What a promotion changes: the release file's path in the repo, its new content, and the moves."""

    path: str
    data: bytes
    moves: tuple[Move, ...]


def promotion(root: Path, source: str, target: str, apps: tuple[str, ...]) -> Promotion:
    """The promotion of `apps` (all that `source` has, when empty) from one environment to another.

    Raises:
        DiagnosticError: SF231 (no release file to promote from), SF232 (an app it does not have), SF202 (a release
            file is wrong), SF233 (an environment promoted to itself).
    """
    if source == target:
        raise DiagnosticError(
            Diagnostic("SF233", f"{source} cannot be promoted to itself", None, "name two environments: FROM and TO")
        )
    origin = read_release(root, source)
    if origin is None:
        known = sorted(path.stem for path in (root / "releases").glob("*.yaml"))
        raise DiagnosticError(
            Diagnostic("SF231", f"no release file of {source!r}", Span(release_path(source)), suggest(source, known))
        )
    chosen = [choose_app(app, origin) for app in apps] or sorted(origin.versions)
    destination = read_release(root, target)
    current = destination.versions if destination else {}
    moves = tuple(
        Move(app, current.get(app, ""), origin.versions[app])
        for app in dict.fromkeys(chosen)
        if current.get(app) != origin.versions[app]
    )
    path = root / release_path(target)
    data = path.read_bytes() if destination else new_release(target)
    return Promotion(release_path(target), with_versions(data, {m.app: m.after for m in moves}), moves)


def choose_app(app: str, release: ReleaseFile) -> str:
    """The key `team/app` that `app` means: itself, or the one app of that name.

    Raises:
        DiagnosticError: SF232, there is none, or several.
    """
    hits = [key for key in release.versions if app in (key, key.partition("/")[2])]
    if len(hits) == 1:
        return hits[0]
    keys = sorted(release.versions)
    message = f"{app!r} could be {' or '.join(hits)}" if hits else f"{app!r} has no version in {release.environment}"
    raise DiagnosticError(
        Diagnostic(
            "SF232",
            message,
            Span(release.name),
            "write TEAM/APP" if hits else suggest(app, [*keys, *(k.partition("/")[2] for k in keys)]),
        )
    )


def read_release(root: Path, environment: str) -> ReleaseFile | None:
    """The release file of an environment, or None where there is none.

    Raises:
        DiagnosticError: SF1xx or SF202, it is wrong.
    """
    name = release_path(environment)
    return load_release(root / name, root, name) if (root / name).exists() else None


def release_path(environment: str) -> str:
    """Where an environment's release file stands in a deploy repo."""
    return f"releases/{environment}.yaml"
