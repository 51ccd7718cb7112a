"""Publish: commit the files of an app repo to the deploy repo, as the CI of an app repo does.

A publication consists of the manifest and its config files, byte for byte, or of one version in a release file. Git
makes the commit, with the identity, hooks and signing of the checkout.
"""

from __future__ import annotations

import contextlib
import os
import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from sixfold_compiler.diagnostics import Diagnostic, DiagnosticError, Span, listed
from sixfold_compiler.files.confined import ConfinementError, read_confined, unreadable
from sixfold_compiler.inputs.config_files import config_files, config_files_of_others
from sixfold_compiler.inputs.git import Transaction, git, uncommitted
from sixfold_compiler.inputs.options import Options
from sixfold_compiler.inputs.releases import new_release, with_versions
from sixfold_compiler.inputs.sources import MAX_FILE
from sixfold_compiler.manifest.load import load_app
from sixfold_compiler.operations.promote import read_release, release_path
from sixfold_compiler.placement import LOCK_FILE
from sixfold_compiler.placement.place import with_homes

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date
    from pathlib import Path

    from sixfold_compiler.model.addresses import AppKey
    from sixfold_compiler.model.fleet import Team
    from sixfold_compiler.operations.dry_run import DeployRepo

__all__ = ["Publication", "check_source", "commit", "manifest", "push", "version", "with_home"]

ATTEMPTS = 4  # pushes, if others push at the same time
NAMED = 3  # files that a finding names


@dataclass(frozen=True, slots=True)
class Publication:
    """The files to write to the deploy repo, by path relative to its root, and the message of their commit."""

    app: AppKey
    files: Mapping[str, bytes]
    message: str


def manifest(file: Path, root: Path) -> Publication:
    """Return the publication of a manifest and the config files that it names.

    Args:
        file: The manifest in the app repo.
        root: The deploy repo.

    Raises:
        DiagnosticError: SF1xx or SF204, the manifest is invalid; SF216, a config file cannot be read; SF234, a config
            file would replace a file of another app, or would be read as a manifest.
    """
    key, data, names = _read(file)
    target = f"apps/{key}.yaml"
    files = {target: data}
    others = config_files_of_others(root, key.team, target)
    for name in sorted(names):
        try:
            content = read_confined(file.parent / name, file.parent, MAX_FILE)
        except (ConfinementError, OSError) as error:
            text = f"cannot read the config file {name!r}: {unreadable(error)}"
            raise DiagnosticError(
                Diagnostic(
                    "SF216", text, Span(file.name), "name a text file in the folder of the manifest", app=str(key)
                )
            ) from None
        path = f"apps/{key.team}/{os.path.normpath(name)}"
        if "/" not in os.path.normpath(name) and name.endswith((".yaml", ".yml")):
            raise DiagnosticError(
                _clash(file, key, f"the config file {name} would be read as a manifest in apps/{key.team}/")
            )
        existing = root / path
        if path in others and existing.is_file() and existing.read_bytes() != content:
            raise DiagnosticError(
                _clash(file, key, f"the config file {name} is also used by {others[path]}, with other content")
            )
        files[path] = content
    verb = "Update" if (root / target).exists() else "Add"
    return Publication(key, files, f"{verb} the manifest of {key}")


def with_home(publication: Publication, file: Path, repo: DeployRepo, today: date) -> Publication:
    """Return the publication with an updated lock added, if the app runs once and has no home in the lock."""
    with contextlib.suppress(DiagnosticError):  # the dry run reports it
        options = Options(paths=(file.resolve(),), fleet=repo.fleet, base=file.resolve().parent, jobs=repo.jobs)
        lock = with_homes(options, str(publication.app), today)
        if lock is not None and repo.fleet.is_relative_to(repo.root):
            path = (repo.fleet / LOCK_FILE).relative_to(repo.root).as_posix()
            return replace(publication, files={**publication.files, path: lock})
    return publication


def version(file: Path, root: Path, environment: str, number: str) -> Publication:
    """Return the publication of an app's new version in one environment. The published manifest does not change.

    Args:
        file: The manifest in the app repo, which names the app.
        root: The deploy repo.
        environment: The environment.
        number: The image version.

    Raises:
        DiagnosticError: SF1xx, SF204 or SF202, the manifest or the release file is invalid; SF235, the app has never
            been published.
    """
    key, _, _ = _read(file)
    if not (root / "apps" / f"{key}.yaml").is_file():
        hint = "publish its manifest first, with `sixfold publish` without --version"
        text = f"the deploy repository has no manifest of {key}"
        raise DiagnosticError(Diagnostic("SF235", text, Span(file.name), hint, app=str(key)))
    path = root / release_path(environment)
    data = path.read_bytes() if read_release(root, environment) else new_release(environment)
    changed = with_versions(data, {str(key): number})
    return Publication(key, {release_path(environment): changed}, f"Release {key} {number} to {environment}")


def check_source(file: Path, app: AppKey, team: Team) -> None:
    """Check that the team of a manifest publishes from the manifest's git repo, to catch copied manifests.

    Raises:
        DiagnosticError: SF236, the team does not publish from this repo.
    """
    origin = git(file.resolve().parent, "config", "--get", "remote.origin.url", check=False)
    if not team.repos or not origin or _repo(origin) in {_repo(url) for url in team.repos}:
        return
    text = f"team {app.team!r} does not publish from the repository {_repo(origin)}"
    hint = "correct metadata.team, or ask the platform team to add the repository to the repos of the team"
    raise DiagnosticError(Diagnostic("SF236", text, Span(file.name), hint, app=str(app)))


def commit(root: Path, publication: Publication, message: str = "") -> str:
    """Write and commit exactly the files of a publication; return the id of the commit, or "" if nothing changes.

    Args:
        root: The deploy repo.
        publication: The files.
        message: The commit message; empty: the publication's message.

    Raises:
        DiagnosticError: SF237, the files have uncommitted changes, or git failed. Nothing is changed then.
    """
    paths = sorted(publication.files)
    if uncommitted(root, paths):
        text = f"the deploy repository has uncommitted changes in {listed(paths, NAMED)}"
        hint = "commit or undo these changes first"
        raise DiagnosticError(Diagnostic("SF237", text, None, hint, app=str(publication.app)))
    with Transaction(root) as transaction:
        for path in paths:
            transaction.write(path, publication.files[path])
        return transaction.commit(message or publication.message)


def push(root: Path) -> None:
    """Push the current branch. If others pushed in the meantime, rebase onto their commits and try again.

    Raises:
        DiagnosticError: SF237, git failed.
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


def _read(file: Path) -> tuple[AppKey, bytes, set[str]]:
    """Return the key of a manifest's app, the manifest's bytes, and the config files that it names."""
    try:
        data = read_confined(file, file.parent, MAX_FILE)
    except (ConfinementError, OSError) as error:
        text = f"cannot read the manifest: {unreadable(error)}"
        hint = "name the manifest, as in `sixfold publish sixfold.yaml`"
        raise DiagnosticError(Diagnostic("SF111", text, Span(file.name), hint)) from None
    metadata, documents = load_app(data, file.name)
    return metadata.key, data, set(config_files(documents[0].record))


def _clash(file: Path, key: AppKey, message: str) -> Diagnostic:
    hint = f"move the config files of the app to a folder of its own, {key.name}/"
    return Diagnostic("SF234", message, Span(file.name), hint, app=str(key))


def _repo(url: str) -> str:
    """Return a git URL as host/path, without the scheme, user, port and `.git`."""
    text = re.sub(r"^[a-z+]+://", "", url.strip())
    text = re.sub(r"^[^@/]+@", "", text)
    text = re.sub(r"^([^/:]+):(\d+/)?", r"\1/", text)
    return text.rstrip("/").removesuffix(".git")
