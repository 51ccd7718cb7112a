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
from sixfold_compiler.inputs.release_files import MAX_FILE, release_path, without_owner
from sixfold_compiler.inputs.releases import new_release, with_versions
from sixfold_compiler.manifest.load import load_app
from sixfold_compiler.model.names import NAMES_FILE
from sixfold_compiler.operations.promote import left_versions, read_release
from sixfold_compiler.pipeline.service_names import changed_file
from sixfold_compiler.placement import LOCK_FILE
from sixfold_compiler.placement.place import with_homes

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date
    from pathlib import Path

    from sixfold_compiler.model.addresses import AppKey
    from sixfold_compiler.model.fleet import Team
    from sixfold_compiler.operations.dry_run import DeployRepo
    from sixfold_compiler.pipeline.plan import Plan

__all__ = [
    "Publication",
    "check_asked",
    "check_source",
    "commit",
    "manifest",
    "push",
    "version",
    "with_home",
    "with_names",
]

ATTEMPTS = 10  # pushes, if others push at the same time
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


def with_names(publication: Publication, plan: Plan, repo: DeployRepo) -> Publication:
    """Return the publication with the names lock added, if the app takes a service name. No other line changes.

    Args:
        publication: The manifest.
        plan: The plan of the dry run with the manifest.
        repo: The deploy repo.
    """
    if plan.fleet is None or not repo.fleet.is_relative_to(repo.root):
        return publication
    before, app = plan.names_before.names, publication.app
    rows = [(e, name, row) for e, name, row in plan.names.items() if (name, row.team) == (app.name, app.team)]
    data = changed_file(plan.names_before, after := before.with_rows(rows))
    if data is None or after == before:
        return publication
    path = (repo.fleet / NAMES_FILE).relative_to(repo.root).as_posix()
    return replace(publication, files={**publication.files, path: data})


def version(file: Path, root: Path, environment: str, number: str, *, back: bool = False) -> Publication:
    """Return the publication of an app's new version in one environment. The published manifest does not change.

    The version goes into the release file of the app's team.

    Args:
        file: The manifest in the app repo, which names the app.
        root: The deploy repo.
        environment: The environment.
        number: The image version.
        back: Whether to allow the app to go back to an older version.

    Raises:
        DiagnosticError: SF1xx, SF204 or SF202, the manifest or the release file is invalid; SF226, a release file has
            no owner; SF227, the release file has an entry of another team; SF235, the app has never been published.
    """
    key, _, _ = _read(file)
    if not (root / "apps" / f"{key}.yaml").is_file():
        hint = "publish its manifest first, with `sixfold publish` without --version"
        text = f"the deploy repository has no manifest of {key}"
        raise DiagnosticError(Diagnostic("SF235", text, Span(file.name), hint, app=str(key)))
    if problems := without_owner(root, lambda path: path.relative_to(root).as_posix()):
        raise DiagnosticError(problems)
    path = release_path(environment, key.team)
    release = read_release(root, environment, key.team)
    data = (root / path).read_bytes() if release else new_release(environment)
    new = {str(key): number}
    changed = with_versions(data, new, left_versions(release, new) if back else None)
    return Publication(key, {path: changed}, f"Release {key} {number} to {environment}")


def check_asked(file: Path, app: AppKey, team: Team | None, logins: Sequence[str]) -> None:
    """Check that everybody who asked the CI of the deploy repo is a publisher of the team, and the app repo is its own.

    Args:
        file: The manifest, in a checkout that the CI of the deploy repo made itself.
        app: The app.
        team: Its team in the fleet.
        logins: Who asked, as the forge says.

    Raises:
        DiagnosticError: SF240, somebody is no publisher of the team; SF236, the team does not publish from this repo.
    """
    known = {login.lower() for login in team.publishers} if team is not None else set()
    for login in logins:
        if login.lower() not in known:
            text = f"{login!r} may not publish for team {app.team!r}"
            hint = f"ask the platform team to add the login to `publishers` of {app.team} in the fleet"
            raise DiagnosticError(Diagnostic("SF240", text, Span(file.name), hint, app=str(app)))
    if team is not None:
        check_source(file, app, team, strict=True)


def check_source(file: Path, app: AppKey, team: Team, *, strict: bool = False) -> None:
    """Check that the team of a manifest publishes from the manifest's git repo, to catch copied manifests.

    Args:
        file: The manifest.
        app: The app.
        team: Its team.
        strict: Refuse a checkout without an origin, and a team without `repos`, too.

    Raises:
        DiagnosticError: SF236, the team does not publish from this repo.
    """
    origin = git(file.resolve().parent, "config", "--get", "remote.origin.url", check=False)
    if (not strict and not (team.repos and origin)) or _repo(origin) in {_repo(url) for url in team.repos}:
        return
    source = f"the repository {_repo(origin)}" if origin else "a folder without an origin"
    text = f"team {app.team!r} does not publish from {source}"
    hint = "correct metadata.team, or ask the platform team to add the repository to the repos of the team"
    raise DiagnosticError(Diagnostic("SF236", text, Span(file.name), hint, app=str(app)))


def commit(root: Path, publication: Publication, message: str = "", requested_by: Sequence[str] = ()) -> str:
    """Write and commit exactly the files of a publication; return the id of the commit, or "" if nothing changes.

    Args:
        root: The deploy repo.
        publication: The files.
        message: The commit message; empty: the publication's message.
        requested_by: Who asked for it; the commit names them.

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
        trailers = "".join(f"\nRequested-by: {login}" for login in requested_by)
        return transaction.commit((message or publication.message) + (trailers and f"\n{trailers}"))


def push(root: Path, own: str = "", *, last: bool = False) -> bool:
    """Push the current branch, and return whether that succeeded.

    If others pushed in the meantime, the checkout follows them without the commit `own`: it must be made again from
    what they pushed, and checked again. A rebase could fail, because new names of two apps are lines side by side, and
    nobody has checked its result.

    Args:
        root: The deploy repo.
        own: The commit of the publication, which is the last one of the branch; empty if there is none.
        last: Whether to give up if others pushed.

    Raises:
        DiagnosticError: SF237, git failed. The branch is as before then.
    """
    try:
        git(root, "push", "--quiet")
    except DiagnosticError:
        if last or not _follow(root, own):
            raise
        return False
    return True


def _follow(root: Path, own: str) -> bool:
    """Drop a commit, rebase the others onto those that were pushed, and return whether there are any of these.

    Without any, or if that fails, the branch is as before.

    Raises:
        DiagnosticError: SF237, git failed.
    """
    before = git(root, "rev-parse", "HEAD")
    if own:
        git(root, "reset", "--quiet", "--keep", f"{own}^")
    start = git(root, "rev-parse", "HEAD")
    try:
        git(root, "pull", "--quiet", "--rebase")
    except DiagnosticError:
        git(root, "rebase", "--abort", check=False)
        git(root, "reset", "--quiet", "--keep", before, check=False)
        raise
    if git(root, "rev-parse", "HEAD") != start:
        return True
    git(root, "reset", "--quiet", "--keep", before)
    return False


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
