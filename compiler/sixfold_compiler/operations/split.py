"""Split: give every version in a release file of all teams to the release file of its team."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pydantic import ValidationError

from sixfold_compiler.diagnostics import Diagnostic, DiagnosticError, Span
from sixfold_compiler.files.confined import ConfinementError, read_confined, unreadable
from sixfold_compiler.inputs.git import Transaction
from sixfold_compiler.inputs.release_files import MAX_FILE, parse_release, release_path, shared_files
from sixfold_compiler.inputs.releases import split_by_team, with_versions
from sixfold_compiler.model.release import Release
from sixfold_compiler.model.validation import diagnose
from sixfold_compiler.operations.promote import read_release

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

__all__ = ["Split", "apply_split", "split"]

_SCHEMA = re.compile(rb"(?m)(\$schema=)(\.\./)")


@dataclass(frozen=True, slots=True)
class Split:
    """The release files of teams to write, the files of all teams to delete, and the number of versions that move.

    Paths are relative to the deploy repo.
    """

    files: Mapping[str, bytes]
    removed: tuple[str, ...]
    versions: int


def split(root: Path) -> Split:
    """Compute the split of every release file that has no owner.

    Args:
        root: The deploy repo.

    Raises:
        DiagnosticError: SF1xx or SF202, a release file is invalid; SF230, a team's release file has another version of
            an app already.
    """
    files: dict[str, bytes] = {}
    problems: list[Diagnostic] = []
    versions = 0
    shared = shared_files(root)
    for path in shared:
        name = path.relative_to(root).as_posix()
        release, data = _read(path, root, name)
        versions += len(release.apps)
        for team, part in split_by_team(data).items():
            target = release_path(release.environment, team)
            own = {key: version for key, version in release.apps.items() if key.partition("/")[0] == team}
            existing = read_release(root, release.environment, team)
            if existing is None:
                files[target] = _SCHEMA.sub(rb"\1../\2", part)
                continue
            clashing = [key for key, version in own.items() if existing.versions.get(key, version) != version]
            problems += [_clash(name, target, key, own[key], existing.versions[key]) for key in clashing]
            files[target] = with_versions((root / target).read_bytes(), own)
    if problems:
        raise DiagnosticError(problems)
    return Split(files, tuple(path.relative_to(root).as_posix() for path in shared), versions)


def apply_split(root: Path, result: Split) -> None:
    """Write all files of a split and delete those of all teams, or change nothing.

    Raises:
        OSError: A file cannot be written or deleted.
    """
    with Transaction(root) as transaction:
        for path, data in result.files.items():
            transaction.write(path, data)
        for path in result.removed:
            transaction.remove(path)


def _read(path: Path, root: Path, name: str) -> tuple[Release, bytes]:
    """Return a release file of all teams, and its bytes."""
    try:
        data = read_confined(path, root, MAX_FILE)
    except (ConfinementError, OSError) as error:
        text = f"cannot read the release file: {unreadable(error)}"
        raise DiagnosticError(Diagnostic("SF111", text, Span(name), "make it a readable file")) from None
    document = parse_release(data, name)
    try:
        release = Release.model_validate(document.value)
    except ValidationError as error:
        raise DiagnosticError(diagnose(error, Release, document.value, document.span, code="SF202")) from None
    if release.environment != path.stem:
        text = f"the file {path.name} is the release file of environment {release.environment!r}"
        hint = f"rename it to {release.environment}.yaml, or correct the environment"
        raise DiagnosticError(Diagnostic("SF202", text, document.span(("environment",)), hint))
    return release, data


def _clash(name: str, target: str, key: str, before: str, now: str) -> Diagnostic:
    return Diagnostic(
        "SF230",
        f"{key} has the version {before} in {name}, and {now} in {target}",
        Span(target),
        "keep one of the two, and delete the other line; then run `sixfold split` again",
    )
