"""Git in a checkout: the program, transactions over files of the checkout, and revisions."""

from __future__ import annotations

import os
import re
import subprocess
from typing import TYPE_CHECKING

from sixfold_compiler.diagnostics import Diagnostic, DiagnosticError
from sixfold_compiler.files.atomic import replace_file

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path
    from typing import Self

    from dulwich.objects import Commit
    from dulwich.repo import Repo

__all__ = ["NoRevisionError", "Transaction", "commit_of", "git", "uncommitted"]


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


def uncommitted(root: Path, paths: Iterable[str]) -> bool:
    """Return whether any of these files (relative to `root`) differs from the last commit, or is not in it.

    Raises:
        DiagnosticError: SF237, git is missing, or `root` is not in a checkout.
    """
    return bool(git(root, "status", "--porcelain", "--untracked-files=all", "--", *paths))


class Transaction:
    """Changes to files below `root` that happen together or not at all.

        with Transaction(root) as transaction:
            transaction.write("environments/tombstones.yaml", data)
            transaction.remove("apps/shop/api.yaml")
            commit = transaction.commit("Retire shop/api")

    Without a commit the changes stay in the work tree; then no git is needed. When the block ends with any exception
    before the commit exists, every touched file, link and index entry gets its old state back, the last change first.
    A kill cannot roll back: it leaves the changes before it, each of them complete. Write first what approves the rest.
    """

    def __init__(self, root: Path) -> None:
        self._root = root
        self._before: dict[str, bytes | Path | None] = {}  # content, the target of a link, or None for no file
        self._staged = False
        self._committed = False

    def write(self, path: str, data: bytes) -> None:
        """Put `data` into the file at `path` (relative to the root). Raises OSError."""
        self._remember(path)
        replace_file(self._root / path, data)

    def remove(self, path: str) -> None:
        """Delete the file or link at `path` (relative to the root). Raises OSError."""
        self._remember(path)
        (self._root / path).unlink()

    def commit(self, message: str) -> str:
        """Commit the changed files, and nothing else; return the id of the commit, empty if nothing differs.

        Identity, hooks and signing are those of the checkout. Nothing is pushed.

        Raises:
            DiagnosticError: SF237, git failed or a hook rejected the commit.
        """
        paths = list(self._before)
        if not paths or not uncommitted(self._root, paths):
            return ""
        self._staged = True
        git(self._root, "add", "--all", "--", *paths)
        git(self._root, "commit", "--quiet", "-m", message, "--", *paths)
        self._committed = True
        return git(self._root, "rev-parse", "HEAD")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind is not None and not self._committed:
            self._roll_back()

    def _remember(self, path: str) -> None:
        if path not in self._before:
            self._before[path] = _state(self._root / path)

    def _roll_back(self) -> None:
        if self._staged:
            git(self._root, "reset", "--quiet", "--", *self._before, check=False)
        for path, before in reversed(self._before.items()):
            place = self._root / path
            if _state(place) == before:
                continue
            if isinstance(before, bytes):
                replace_file(place, before)
                continue
            place.unlink(missing_ok=True)
            if before is not None:
                place.symlink_to(before)


def _state(place: Path) -> bytes | Path | None:
    """Return the content of a file, the target of a link, or None where there is neither."""
    if place.is_symlink():
        return place.readlink()
    return place.read_bytes() if place.is_file() else None


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
