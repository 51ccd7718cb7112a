"""Revisions as people write them for git: a branch, a tag, a hash, each with `~N` and `^N` behind it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dulwich.objects import Commit
    from dulwich.repo import Repo

__all__ = ["NoRevisionError", "commit_of"]

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
