"""Git in a checkout: running git, transactions over files, and reading revisions."""

from __future__ import annotations

import hashlib
import os
import re
import subprocess
from typing import TYPE_CHECKING

from sixfold_compiler.diagnostics import Diagnostic, DiagnosticError
from sixfold_compiler.files.atomic import replace_file

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date
    from pathlib import Path
    from typing import Self

__all__ = [
    "NoRevisionError",
    "Revision",
    "Transaction",
    "environment",
    "git",
    "object_of",
    "revision_of",
    "submodules",
    "succeeds",
    "uncommitted",
]


def git(folder: Path, *arguments: str, check: bool = True) -> str:
    """Run `git` in `folder` and return its standard output without surrounding white space.

    Args:
        folder: The working folder.
        arguments: The arguments of git.
        check: Raise an error if git fails. If false, return the output of the failed command.

    Raises:
        DiagnosticError: SF237, git is not installed, or it failed.
    """
    done = _run(folder, *arguments)
    if check and done.returncode != 0:
        report = _text(done.stderr) or _text(done.stdout) or f"exit code {done.returncode}"
        problem = f"`git {arguments[0]}` failed: {report.splitlines()[-1]}"
        raise DiagnosticError(Diagnostic("SF237", problem, None, _hint(report), detail=report))
    return _text(done.stdout)


def succeeds(folder: Path, *arguments: str) -> bool:
    """Run `git` in `folder`, and return whether its exit code is 0.

    Raises:
        DiagnosticError: SF237, git is not installed.
    """
    return _run(folder, *arguments).returncode == 0


def revision_of(folder: Path, day: date, file: str) -> str:
    """Return the last commit before a day, or the first one that has a file of `folder`; empty if there is none.

    Raises:
        DiagnosticError: SF237, git is not installed.
    """
    before = git(folder, "rev-list", "--first-parent", "-1", f"--before={day}T00:00:00Z", "HEAD", check=False)
    added = "" if before else git(folder, "log", "--format=%H", "--diff-filter=A", "--", file, check=False)
    return before or added.rpartition("\n")[2]


def _text(output: bytes) -> str:
    return output.decode("utf-8", "replace").strip()


def _hint(report: str) -> str:
    if "not a git repository" in report:
        return "name a checkout of the deploy repo with --deploy-repo"
    if "tell me who you are" in report or "empty ident" in report:
        return "set git's user.name and user.email in the checkout"
    return "--verbose shows the complete output of git"


def uncommitted(root: Path, paths: Iterable[str]) -> bool:
    """Return whether any of the files (relative to `root`) differs from the last commit or is not committed.

    Raises:
        DiagnosticError: SF237, git is not installed, or `root` is not in a checkout.
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
        """Write `data` to the file at `path` (relative to the root). Raises OSError if that fails."""
        self._remember(path)
        replace_file(self._root / path, data)

    def remove(self, path: str) -> None:
        """Delete the file or link at `path` (relative to the root). Raises OSError if that fails."""
        self._remember(path)
        (self._root / path).unlink()

    def commit(self, message: str) -> str:
        """Commit exactly the changed files; return the id of the commit, or "" if no file differs.

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
    """Return the content of a file, the target of a link, or None if neither exists."""
    if place.is_symlink():
        return place.readlink()
    return place.read_bytes() if place.is_file() else None


class NoRevisionError(ValueError):
    """The error of a folder outside of git, or of an unknown revision. The message is for people."""


class Revision:
    """A reader for the files of a folder in one revision of its git repository.

    The revision has any form that git accepts: `main`, `v1.0`, `2c5ea4c`, `HEAD~2`, `main@{yesterday}`. One git process
    reads all files while the context is open.
    """

    def __init__(self, folder: Path, revision: str) -> None:
        self._folder = folder
        self._revision = revision
        self.commit = ""
        self.inside = ""  # the path of the folder in the repository, with a slash at its end; empty for all of it
        self.place = folder  # the nearest folder that exists
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        """Resolve the revision, and start the git process that reads files.

        Raises:
            NoRevisionError: The folder is in no repository, or the repository has no such revision.
            DiagnosticError: SF237, git is not installed.
        """
        place = next(folder for folder in (self._folder, *self._folder.parents) if folder.is_dir())
        inside = _run(place, "rev-parse", "--show-prefix")
        if inside.returncode != 0:
            raise NoRevisionError(_reason(inside, "not a git repository", "the tree is not in a git repository"))
        named = _run(place, "rev-parse", "--verify", "--end-of-options", self._revision)
        commit = _run(place, "rev-parse", "--verify", f"{_text(named.stdout)}^{{commit}}")  # of a tag, what it tags
        if named.returncode != 0 or commit.returncode != 0:
            shallow = _run(place, "rev-parse", "--is-shallow-repository").stdout.strip() == b"true"
            hint = "; this clone is shallow: fetch more of the history" if shallow else ""
            raise NoRevisionError(f"the repository has no commit {self._revision!r}{hint}")
        self.place, self.commit = place, commit.stdout.decode().strip()
        below = self._folder.relative_to(place).as_posix()
        self.inside = inside.stdout.decode("utf-8", "surrogateescape").removesuffix("\n")
        self.inside += f"{below}/" if below != "." else ""
        self._process = subprocess.Popen(
            ["git", "-C", str(place), "cat-file", "--batch"],
            env=environment(), stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        return self

    def __exit__(self, *_: object) -> None:
        if self._process is not None:
            self._process.communicate()

    def git(self, *arguments: str, lines: Iterable[str] = ()) -> bytes:
        """Run git in the repository with some lines as its input, and return its output.

        Raises:
            NoRevisionError: Git failed.
        """
        given = "".join(f"{line}\n" for line in lines).encode("utf-8", "surrogateescape")
        done = _run(self.place, *arguments, given=given)
        if done.returncode != 0:
            raise NoRevisionError("git cannot read the repository")
        return done.stdout

    def read(self, path: str, commit: str = "") -> bytes | None:
        """Return the bytes of a file at `path` in the folder; None if the revision has no such file.

        `commit` is another commit than that of the revision.

        Raises:
            NoRevisionError: Git cannot read the repository.
        """
        process = self._process
        if process is None or process.stdin is None or process.stdout is None or "\n" in path:
            return None
        try:
            process.stdin.write(f"{commit or self.commit}:{self.inside}{path}\n".encode("utf-8", "surrogateescape"))
            process.stdin.flush()
        except BrokenPipeError:
            raise NoRevisionError("git cannot read the repository") from None
        header = process.stdout.readline()
        if not header:
            raise NoRevisionError("git cannot read the repository")
        entry = _ENTRY.fullmatch(header)
        if entry is None:  # missing
            return None
        data = process.stdout.read(int(entry["size"]) + 1)[:-1]
        return data if entry["type"] == b"blob" else None

    def listing(self) -> dict[str, str]:
        """Return the git object of each regular file in the folder, by path; empty if there is no such folder.

        Links and submodules are listed with an empty object, which no file has.

        Raises:
            NoRevisionError: Git cannot read the repository.
        """
        places = [f":(literal){self.inside}"] if self.inside else []
        listed = self.git("ls-tree", "-r", "-z", "--full-tree", self.commit, "--", *places)
        files = {}
        for row in listed.split(b"\0")[:-1]:
            head, _, name = row.partition(b"\t")
            mode, _, blob = head.split(b" ")
            path = name.decode("utf-8", "surrogateescape").removeprefix(self.inside)
            files[path] = blob.decode() if mode in (b"100644", b"100755") else ""
        return files


def submodules(folder: Path) -> list[str]:
    """Return the paths in a folder at which git has a submodule, which is an empty folder on disk; none outside git.

    Raises:
        DiagnosticError: SF237, git is not installed.
    """
    place = next(place for place in (folder, *folder.parents) if place.is_dir())
    inside = folder.relative_to(place).as_posix()
    rows = _run(place, "ls-files", "--stage", "-z", "--", f":(literal){inside}").stdout.split(b"\0")
    names = (row.partition(b"\t")[2] for row in rows if row.startswith(b"160000 "))
    return sorted((place / name.decode("utf-8", "surrogateescape")).relative_to(folder).as_posix() for name in names)


def object_of(data: bytes, like: str) -> str:
    """Return the name that git gives to a file with these bytes, in the hash of the name `like`."""
    blob = b"blob %d\0" % len(data) + data
    return (hashlib.sha256(blob) if len(like) == 64 else hashlib.sha1(blob)).hexdigest()  # noqa: S324 - git's own names


_ENTRY = re.compile(rb"[0-9a-f]{40,64} (?P<type>[a-z]+) (?P<size>[0-9]+)\n")


def _run(folder: Path, *arguments: str, given: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    try:
        return subprocess.run(
            ["git", "-C", str(folder), *arguments], env=environment(), capture_output=True, check=False, input=given
        )
    except FileNotFoundError:
        raise DiagnosticError(Diagnostic("SF237", "git is not installed", None, "install git")) from None


def environment() -> dict[str, str]:
    """Return the environment of git: it asks nobody, speaks English, and writes nothing only to be faster next time."""
    return os.environ | {"GIT_TERMINAL_PROMPT": "0", "GIT_OPTIONAL_LOCKS": "0", "LC_ALL": "C"}


def _reason(done: subprocess.CompletedProcess[bytes], known: str, text: str) -> str:
    """Return `text` if git's error output contains `known`, else the last line of that output."""
    lines = _text(done.stderr).splitlines() or ["git failed"]
    return text if known in lines[-1] else lines[-1]
