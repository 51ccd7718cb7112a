"""The git program, run in a checkout."""

from __future__ import annotations

import os
import re
import subprocess
from typing import TYPE_CHECKING

from sixfold_compiler.diagnostics import Diagnostic, DiagnosticError

if TYPE_CHECKING:
    from pathlib import Path

    from dulwich.objects import Commit
    from dulwich.repo import Repo

__all__ = ["NoRevisionError", "commit_of", "git"]


def git(folder: Path, *arguments: str, check: bool = True) -> str:
    """What `git` with these arguments says in `folder`; without `check`, whatever its exit code is.

    Raises:
        DiagnosticError: SF237, git is missing, or it failed.
    """
    environment = os.environ | {"GIT_TERMINAL_PROMPT": "0", "LC_ALL": "C"}
    try:
        done = subprocess.run(
            ["git", "-C", str(folder), *arguments],
            env=environment, capture_output=True, text=True, errors="replace", check=False, stdin=subprocess.DEVNULL,
        )  # fmt: skip
    except FileNotFoundError:
        raise DiagnosticError(Diagnostic("SF237", "git is not installed", None, "install it")) from None
    if check and done.returncode != 0:
        told = done.stderr.strip() or done.stdout.strip() or f"exit code {done.returncode}"
        raise DiagnosticError(
            Diagnostic("SF237", f"git {arguments[0]} failed: {told.splitlines()[-1]}", None, _hint(told), detail=told)
        )
    return done.stdout.strip()


def _hint(told: str) -> str:
    if "not a git repository" in told:
        return "name a checkout of the deploy repo with --deploy-repo"
    if "tell me who you are" in told or "empty ident" in told:
        return "set git's user.name and user.email in the checkout"
    return "see what git says with --verbose"


_STEPS = re.compile(r"(?P<base>[^~^]*)(?P<steps>(?:[~^]\d{0,9})*)")


_STEP = re.compile(r"([~^])(\d*)")


class NoRevisionError(ValueError):
    """The repo has no such revision; the message says why, for people."""


def commit_of(repo: Repo, revision: str) -> Commit:
    """The commit that `revision` names: `main`, `v1.0`, `2c5ea4c`, `HEAD~2`, `main^`, `HEAD^2~1`.

    Raises:
        NoRevisionError: There is none, or the text is no revision.
    """
    from dulwich.objectspec import parse_commit  # noqa: PLC0415 - slow to import

    match = _STEPS.fullmatch(revision)
    if match is None or not match["base"]:
        raise NoRevisionError(f"{revision!r} is no revision: write a branch, a tag or a hash, with ~N or ^N behind it")
    base = "HEAD" if match["base"] == "@" else match["base"]
    try:
        commit = parse_commit(repo, base.encode())
    except (KeyError, ValueError):
        raise NoRevisionError(f"git knows no {base!r} here") from None
    for sign, digits in _STEP.findall(match["steps"]):
        number = int(digits or 1)
        for _ in range(number if sign == "~" else min(number, 1)):
            commit = _parent(repo, commit, revision, 1 if sign == "~" else number)
    return commit


def _parent(repo: Repo, commit: Commit, revision: str, number: int) -> Commit:
    from dulwich.objects import Commit  # noqa: PLC0415 - slow to import

    short = commit.id.decode()[:12]
    if number > len(commit.parents):
        kind = f"no parent {number}" if commit.parents else "no parent: the history begins there"
        raise NoRevisionError(f"{revision} goes too far: commit {short} has {kind}")
    try:
        parent = repo[commit.parents[number - 1]]
    except KeyError:
        parent = None
    if not isinstance(parent, Commit):
        raise NoRevisionError(f"{revision} goes beyond commit {short}, where this shallow clone ends; fetch more of it")
    return parent
