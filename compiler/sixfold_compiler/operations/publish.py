"""Publishing: what an app repo's CI puts into the deploy repo, and how it gets there.

What is published are the manifest and the config files that it names, byte for byte, or one version in a release file.
Git itself does the committing, with whatever identity, hooks and signing the checkout has.
"""

from __future__ import annotations

import contextlib
import os
import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from sixfold_compiler.diagnostics import Diagnostic, DiagnosticError, Span
from sixfold_compiler.files.atomic import replace_file
from sixfold_compiler.files.confined import ConfinementError, read_confined
from sixfold_compiler.inputs.config_files import config_files, config_files_of_others
from sixfold_compiler.inputs.git import git
from sixfold_compiler.inputs.options import Options
from sixfold_compiler.inputs.releases import new_release, with_versions
from sixfold_compiler.inputs.sources import MAX_FILE
from sixfold_compiler.manifest.load import load_app
from sixfold_compiler.operations.promote import read_release, release_path
from sixfold_compiler.placement import LOCK_FILE
from sixfold_compiler.placement.place import with_homes

if TYPE_CHECKING:
    from datetime import date
    from pathlib import Path

    from sixfold_compiler.model.fleet import Team
    from sixfold_compiler.operations.dry_run import DeployRepo

__all__ = ["Publication", "check_source", "commit", "manifest", "push", "version", "with_home"]

ATTEMPTS = 4  # pushes, when others push at the same time


@dataclass(frozen=True, slots=True)
class Publication:
    """What goes into the deploy repo: `files` by path relative to its root, and the commit's message."""

    app: str
    files: dict[str, bytes]
    message: str


def manifest(file: Path, root: Path) -> Publication:
    """The publication of a manifest and its config files.

    Raises:
        DiagnosticError: the manifest is wrong (SF1xx, SF204), a config file cannot be read (SF216), or a config file
            would replace another app's or be taken for a manifest (SF234).
    """
    key, data, names = _read(file)
    team = key.partition("/")[0]
    target = f"apps/{key}.yaml"
    files = {target: data}
    theirs = config_files_of_others(root, team, target)
    for name in sorted(names):
        try:
            content = read_confined(file.parent / name, file.parent, MAX_FILE)
        except (ConfinementError, OSError) as error:
            reason = os.strerror(error.errno) if isinstance(error, OSError) and error.errno else str(error)
            raise DiagnosticError(
                Diagnostic("SF216", f"cannot read the config file {name!r}: {reason}", Span(file.name), app=key)
            ) from None
        place = f"apps/{team}/{os.path.normpath(name)}"
        if "/" not in os.path.normpath(name) and name.endswith((".yaml", ".yml")):
            raise DiagnosticError(_clash(file, key, f"{name} would be taken for a manifest in apps/{team}/"))
        existing = root / place
        if place in theirs and existing.is_file() and existing.read_bytes() != content:
            raise DiagnosticError(_clash(file, key, f"{name} is also a config file of {theirs[place]}, and differs"))
        files[place] = content
    verb = "Update" if (root / target).exists() else "Add"
    return Publication(key, files, f"{verb} the manifest of {key}")


def with_home(publication: Publication, file: Path, repo: DeployRepo, today: date) -> Publication:
    """The publication with a home in the lock for an app that runs once and has none yet."""
    with contextlib.suppress(DiagnosticError):  # the trial tells what is wrong
        options = Options(paths=(file.resolve(),), fleet=repo.fleet, base=file.resolve().parent, jobs=repo.jobs)
        lock = with_homes(options, publication.app, today)
        if lock is not None and repo.fleet.is_relative_to(repo.root):
            path = (repo.fleet / LOCK_FILE).relative_to(repo.root).as_posix()
            return replace(publication, files=publication.files | {path: lock})
    return publication


def version(file: Path, root: Path, environment: str, number: str) -> Publication:
    """The publication of an app's new version in one environment; the manifest itself stays as it was published.

    Raises:
        DiagnosticError: the manifest or the release file is wrong (SF1xx, SF204, SF202), or the app has never been
            published (SF235).
    """
    key, _, _ = _read(file)
    if not (root / "apps" / f"{key}.yaml").is_file():
        raise DiagnosticError(
            Diagnostic(
                "SF235",
                f"{key} is not in the deploy repo",
                Span(file.name),
                "publish its manifest first: `sixfold publish` without --version",
                app=key,
            )
        )
    path = root / release_path(environment)
    data = path.read_bytes() if read_release(root, environment) else new_release(environment)
    changed = with_versions(data, {key: number})
    return Publication(key, {release_path(environment): changed}, f"Release {key} {number} to {environment}")


def check_source(file: Path, key: str, team: Team) -> None:
    """Refuse a manifest that comes from a repo its team does not publish from (a copied manifest, a wrong team).

    Raises:
        DiagnosticError: SF236.
    """
    origin = git(file.resolve().parent, "config", "--get", "remote.origin.url", check=False)
    if not team.repos or not origin or _repo(origin) in {_repo(url) for url in team.repos}:
        return
    raise DiagnosticError(
        Diagnostic(
            "SF236",
            f"the team {key.partition('/')[0]!r} does not publish from {_repo(origin)}",
            Span(file.name),
            "correct metadata.team, or let the platform team add the repo to the team's repos in the fleet",
            app=key,
        )
    )


def commit(root: Path, publication: Publication, message: str = "") -> str:
    """Write the files and commit them, and nothing else; the new commit's id, empty where nothing changes.

    Raises:
        DiagnosticError: SF237, git refused, or the files have changes that are not committed. The files are then as
            they were.
    """
    paths = sorted(publication.files)
    if git(root, "status", "--porcelain", "--untracked-files=all", "--", *paths):
        raise DiagnosticError(
            Diagnostic(
                "SF237",
                f"the deploy repo has uncommitted changes in {', '.join(paths[:3])}",
                None,
                "commit or undo them there first",
                app=publication.app,
            )
        )
    before = {path: (root / path).read_bytes() if (root / path).exists() else None for path in paths}
    if all(before[path] == publication.files[path] for path in paths):
        return ""
    try:
        for path in paths:
            replace_file(root / path, publication.files[path])
        git(root, "add", "--", *paths)
        git(root, "commit", "--quiet", "-m", message or publication.message, "--", *paths)
    except BaseException:
        for path, data in before.items():
            if data is None:
                (root / path).unlink(missing_ok=True)
            else:
                replace_file(root / path, data)
        git(root, "reset", "--quiet", "--", *paths, check=False)
        raise
    return git(root, "rev-parse", "HEAD")


def push(root: Path) -> None:
    """Push the branch; where someone else was first, put our commit on top of theirs and try again.

    Raises:
        DiagnosticError: SF237, git refused.
    """
    for attempt in range(ATTEMPTS):
        try:
            git(root, "push", "--quiet")
        except DiagnosticError:
            if attempt == ATTEMPTS - 1:
                raise
            try:
                git(root, "pull", "--quiet", "--rebase")
            except DiagnosticError:
                git(root, "rebase", "--abort", check=False)
                raise
        else:
            return


def _read(file: Path) -> tuple[str, bytes, set[str]]:
    """A manifest's key, its bytes, and the config files that it names."""
    try:
        data = read_confined(file, file.parent, MAX_FILE)
    except (ConfinementError, OSError) as error:
        reason = os.strerror(error.errno) if isinstance(error, OSError) and error.errno else str(error)
        raise DiagnosticError(
            Diagnostic("SF111", f"cannot read the manifest: {reason}", Span(file.name), "name it: sixfold publish FILE")
        ) from None
    metadata, documents = load_app(data, file.name)
    return f"{metadata.team}/{metadata.name}", data, set(config_files(documents[0].record))


def _clash(file: Path, key: str, message: str) -> Diagnostic:
    hint = f"keep config files in a folder of the app's own: {key.partition('/')[2]}/"
    return Diagnostic("SF234", message, Span(file.name), hint, app=key)


def _repo(url: str) -> str:
    """A git URL as host/path, however it is written: without scheme, user, port or `.git`."""
    text = re.sub(r"^[a-z+]+://", "", url.strip())
    text = re.sub(r"^[^@/]+@", "", text)
    text = re.sub(r"^([^/:]+):(\d+/)?", r"\1/", text)
    return text.rstrip("/").removesuffix(".git")
