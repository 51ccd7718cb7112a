"""Where a tree comes from: a folder, in a git checkout or not, read without following a link out of it.

One `Source` is one checkout: the link that git-sync swaps is resolved once, so an adoption never mixes two commits.
In a checkout every byte is compared with the commit, because the commit, not this disk, is what Argo CD will read.
"""

from __future__ import annotations

import errno
import hashlib
import os
import stat
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from dulwich.errors import NotGitRepository
from dulwich.objects import Commit, ObjectID, Tree
from dulwich.repo import Repo

from sixfold_compiler.diagnostics import Diagnostic, DiagnosticError, Span
from sixfold_compiler.tree.layout import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from dulwich.object_store import BaseObjectStore

__all__ = ["Source", "open_source", "signature"]

REGULAR = (0o100644, 0o100755)
DIRECTORY = 0o040000


class Source(Protocol):
    """One version of a tree. Paths are relative, with `/`, and never leave it."""

    commit: str
    inside: str  # the tree's folder in its repo, as `repository.path`; empty outside git

    def read(self, path: str, limit: int) -> bytes:
        """The bytes of a file. Raises `DiagnosticError`: SF801 unreadable, SF804 no plain file, SF806 not committed."""

    def names(self, folder: str) -> Iterator[tuple[str, bool]]:
        """What a folder holds, as (name, is a folder); nothing when there is no such folder."""

    def close(self) -> None:
        """Lets go of whatever is open."""


def open_source(tree: Path) -> Source:
    """The tree as it is now. Raises `DiagnosticError` (SF801, SF806)."""
    try:
        real = tree.resolve(strict=True)
        next(real.iterdir(), None)
    except OSError as error:
        raise DiagnosticError(_unreadable("the tree", error)) from error
    found = _repository(real)
    if found is None:
        return Folder(real)
    top, repo = found
    entries = _Entries.of(repo, real.relative_to(top).as_posix())
    if entries is None or ROOT not in entries.folder(""):
        repo.close()
        return Folder(real)  # the checkout does not hold this tree: built beside it, or ignored by it
    return Checkout(Folder(real), entries, repo)


def signature(tree: Path) -> str:
    """A cheap fingerprint of the tree's version: it differs whenever an adoption could come out differently."""
    try:
        real = tree.resolve(strict=True)
        status = (real / ROOT).stat()
    except OSError as error:
        return f"unreadable {errno.errorcode.get(error.errno or 0, '')}"
    found = _repository(real)
    head = ""
    if found is not None:
        with found[1] as repo:
            head = _head(repo)
    return f"{real} {head} {status.st_ino} {status.st_mtime_ns} {status.st_size}"


class Folder:
    """A folder outside git. No link in a path is followed, and none can be slipped in between check and use."""

    def __init__(self, root: Path) -> None:
        self.commit = ""
        self.inside = ""
        # The folders from the root to the one that was used last, opened each inside the one before it.
        self._open = [("", os.open(root, os.O_RDONLY | os.O_DIRECTORY))]

    def close(self) -> None:
        """Lets go of the folders."""
        while self._open:
            os.close(self._open.pop()[1])

    def read(self, path: str, limit: int) -> bytes:
        parent, _, name = path.rpartition("/")
        try:
            _part(path.partition("/")[0])  # of an absolute path that is nothing, and it must not mean a relative one
            folder = self._folder(parent)
            descriptor = os.open(_part(name), os.O_RDONLY | os.O_NONBLOCK | os.O_NOFOLLOW, dir_fd=folder)
        except OSError as error:
            raise DiagnosticError(_fault(path, error)) from error
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            os.close(descriptor)
            raise DiagnosticError(_outside(path))
        with os.fdopen(descriptor, "rb", buffering=0) as stream:
            if status.st_size > limit:
                raise DiagnosticError(
                    Diagnostic("SF804", f"{path} has {status.st_size} bytes, and at most {limit} are read", Span(path))
                )
            try:
                return stream.read(status.st_size + 1)  # a file that changes meanwhile fails its digest
            except OSError as error:
                raise DiagnosticError(_unreadable(path, error)) from error

    def names(self, folder: str) -> Iterator[tuple[str, bool]]:
        try:
            with os.scandir(self._folder(folder)) as entries:
                found = sorted((entry.name, entry.is_dir(follow_symlinks=False)) for entry in entries)
        except FileNotFoundError:
            return
        except OSError as error:
            raise DiagnosticError(_fault(folder, error)) from error
        yield from found

    def _folder(self, path: str) -> int:
        """A descriptor of that folder, which stays ours. Raises OSError."""
        parts = path.split("/") if path else []
        same = 0
        while same < len(parts) and same + 1 < len(self._open) and self._open[same + 1][0] == parts[same]:
            same += 1
        while len(self._open) > same + 1:
            os.close(self._open.pop()[1])
        for part in parts[same:]:
            flags = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW
            self._open.append((part, os.open(_part(part), flags, dir_fd=self._open[-1][1])))
        return self._open[-1][1]


class Checkout:
    """A folder in a git checkout whose commit holds it."""

    def __init__(self, folder: Folder, entries: _Entries, repo: Repo) -> None:
        self._folder = folder
        self._repo = repo
        self._entries = entries
        self.commit = entries.commit
        self.inside = entries.inside

    def read(self, path: str, limit: int) -> bytes:
        parent, _, name = path.rpartition("/")
        entry = self._entries.folder(parent).get(name)
        if entry is None:
            raise DiagnosticError(_dirty(path, self.commit, "is not in it"))
        if entry.mode not in REGULAR:
            raise DiagnosticError(_outside(path))
        body = self._folder.read(path, limit)
        if _blob(body, len(entry.identifier)) != entry.identifier:
            raise DiagnosticError(_dirty(path, self.commit, "differs from it"))
        return body

    def close(self) -> None:
        """Lets go of the folder and the repo."""
        self._folder.close()
        self._repo.close()

    def names(self, folder: str) -> Iterator[tuple[str, bool]]:
        for name, entry in sorted(self._entries.folder(folder).items()):
            yield name, entry.mode == DIRECTORY


@dataclass(frozen=True, slots=True)
class _Entry:
    mode: int
    identifier: str


class _Entries:
    """The tree objects under one folder of one commit, each read once."""

    def __init__(self, store: BaseObjectStore, commit: str, inside: str, tree: ObjectID) -> None:
        self._store = store
        self._tree = tree
        self._known: dict[str, dict[str, _Entry]] = {}
        self.commit = commit
        self.inside = inside

    @classmethod
    def of(cls, repo: Repo, inside: str) -> _Entries | None:
        """The folder `inside` of the commit that is checked out; None when the commit does not have it."""
        head = _head(repo)
        if not head:
            return None
        commit = repo[ObjectID(head.encode())]
        if not isinstance(commit, Commit):
            return None
        inside = "" if inside == "." else inside
        top = cls(repo.object_store, head, "", commit.tree)
        if not inside:
            return top
        parent, _, name = inside.rpartition("/")
        entry = top.folder(parent).get(name)
        if entry is None or entry.mode != DIRECTORY:
            return None
        return cls(repo.object_store, head, inside, ObjectID(entry.identifier.encode()))

    def folder(self, path: str) -> dict[str, _Entry]:
        if path not in self._known:
            self._known[path] = self._load(path)
        return self._known[path]

    def _load(self, path: str) -> dict[str, _Entry]:
        identifier = self._tree
        if path:
            parent, _, name = path.rpartition("/")
            entry = self.folder(parent).get(name)
            if entry is None or entry.mode != DIRECTORY:
                return {}
            identifier = ObjectID(entry.identifier.encode())
        tree = self._store[identifier]
        if not isinstance(tree, Tree):
            return {}
        return {
            item.path.decode("utf-8", "surrogateescape"): _Entry(item.mode, item.sha.decode())
            for item in tree.iteritems()
            if item.path is not None and item.mode is not None and item.sha is not None
        }


def _repository(real: Path) -> tuple[Path, Repo] | None:
    for top in (real, *real.parents):
        if (top / ".git").exists():
            try:
                return top, Repo(str(top))
            except (NotGitRepository, OSError) as error:
                raise DiagnosticError(
                    Diagnostic(
                        "SF801",
                        "the tree lies in a git checkout whose repository cannot be read",
                        help="mount the whole git folder, not only the checkout: the commit is part of every answer",
                    )
                ) from error
    return None


def _head(repo: Repo) -> str:
    try:
        return repo.head().decode()
    except KeyError:  # a repo without a commit
        return ""


def _blob(body: bytes, length: int) -> str:
    name = b"blob %d\0" % len(body)
    return (hashlib.sha256(name + body) if length == 64 else hashlib.sha1(name + body)).hexdigest()  # noqa: S324 - git's own names


def _part(name: str) -> str:
    """One component of a path. Raises OSError (ELOOP, as for a link) for those that lead elsewhere."""
    if name in {"", ".", ".."} or "\0" in name or "/" in name:
        raise OSError(errno.ELOOP, "not a plain name")
    return name


def _fault(path: str, error: OSError) -> Diagnostic:
    if error.errno in {errno.ELOOP, errno.ENOTDIR, errno.ENXIO}:
        return _outside(path)
    return _unreadable(path, error)


def _unreadable(path: str, error: OSError) -> Diagnostic:
    reason = (os.strerror(error.errno) if error.errno else "error").lower()
    return Diagnostic(
        "SF801",
        f"{path} cannot be read: {reason}",
        Span(path) if "/" in path or "." in path else None,
        help="what was adopted goes on being served; look at the source of the tree (git-sync, the volume)",
    )


def _outside(path: str) -> Diagnostic:
    return Diagnostic(
        "SF804",
        f"{path} is not a plain file of the tree",
        Span(path),
        help="links, devices and paths that lead out are never followed: commit the file itself",
    )


def _dirty(path: str, commit: str, how: str) -> Diagnostic:
    return Diagnostic(
        "SF806",
        f"{path} {how}: commit {commit[:12]}",
        Span(path),
        help="Argo CD reads the commit, so no tree with other content is adopted: commit it, or check it out clean",
    )
