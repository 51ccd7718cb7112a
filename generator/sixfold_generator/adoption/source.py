"""Read a tree from a folder, in a git checkout or not, without following a link.

A `Source` is one version of a tree: the link that git-sync swaps is resolved once, so an adoption never mixes two
commits. In a checkout every byte is compared with the commit, because Argo CD reads the commit and not this disk.
"""

from __future__ import annotations

import errno
import hashlib
import os
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from dulwich.errors import NotGitRepository
from dulwich.objects import Blob, Commit, ObjectID, Tree
from dulwich.repo import Repo

from sixfold_compiler.diagnostics import Diagnostic, DiagnosticError, Span
from sixfold_compiler.tree.layout import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from dulwich.object_store import BaseObjectStore

__all__ = ["Earlier", "Source", "open_source", "signature"]

REGULAR = (0o100644, 0o100755)
DIRECTORY = 0o040000
MAX_SKIPPED = 1000  # commits that may lie between the adopted one and the present one


class Earlier(Protocol):
    """A commit before the one that is checked out; `seconds` is its committer date, in seconds since 1970."""

    seconds: int

    def read(self, path: str) -> bytes:
        """Return the bytes of a file of the tree in this commit. Raises KeyError if there is none."""


class Source(Protocol):
    """One version of a tree. Paths are relative to the tree, with `/`, and never lead out of it."""

    commit: str
    inside: str  # the tree's folder in its repo, as `repository.path`; empty outside git
    seconds: int  # the committer date, in seconds since 1970; 0 outside git

    def since(self, commit: str) -> Sequence[Earlier]:
        """Return the commits after `commit` and before this one, by first parents, the oldest first.

        Returns none unless the checkout has all of them.
        """

    def read(self, path: str, limit: int) -> bytes:
        """Return the bytes of a file of at most `limit` bytes.

        Raises:
            DiagnosticError: SF801, unreadable; SF804, no plain file or too large; SF806, not as the commit has it.
        """

    def names(self, folder: str) -> Iterator[tuple[str, bool]]:
        """Yield the entries of a folder as (name, whether it is a folder); none when the folder does not exist."""

    def close(self) -> None:
        """Close the open files and folders."""


def open_source(tree: Path) -> Source:
    """Open the present version of a tree.

    Raises:
        DiagnosticError: SF801, the tree or its repository cannot be read.
    """
    try:
        real = _resolved(tree)
        next(real.iterdir(), None)
    except OSError as error:
        raise DiagnosticError(_unreadable("the tree", error)) from error
    repository = _repository(real)
    if repository is None:
        return Folder(real)
    top, repo = repository
    entries = _Entries.of(repo, real.relative_to(top).as_posix())
    if entries is None or ROOT not in entries.folder(""):
        repo.close()
        return Folder(real)  # the commit does not have this tree: it is ignored, or was compiled without a commit
    return Checkout(Folder(real), entries, repo)


def signature(tree: Path, trust: str = "") -> str:
    """Return a cheap fingerprint of a tree's version; versions with different adoptions have different ones.

    `trust` is the mark of the trusted keys (`Trust.mark`): with other keys, the same tree is judged again.
    """
    try:
        real = _resolved(tree)
        status = (real / ROOT).stat()
    except OSError as error:
        return f"unreadable {errno.errorcode.get(error.errno or 0, '')}"
    repository = _repository(real)
    head = ""
    if repository is not None:
        with repository[1] as repo:
            head = _head(repo)
    return f"{real} {head} {status.st_ino} {status.st_mtime_ns} {status.st_size} {trust}".rstrip()


class Folder:
    """A folder outside git. No link in a path is followed, and none can be put there between check and use."""

    def __init__(self, root: Path) -> None:
        self.commit = ""
        self.inside = ""
        self.seconds = 0
        # The folders from the root to the last used one; each was opened relative to the one before it.
        self._open = [("", os.open(root, os.O_RDONLY | os.O_DIRECTORY))]

    def since(self, commit: str) -> Sequence[Earlier]:  # noqa: ARG002 - there are no commits outside git
        return ()

    def close(self) -> None:
        """Close the open folders."""
        while self._open:
            os.close(self._open.pop()[1])

    def read(self, path: str, limit: int) -> bytes:
        parent, _, name = path.rpartition("/")
        try:
            _part(path.partition("/")[0])  # rejects an absolute path, which must not be read as a relative one
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
                    Diagnostic(
                        "SF804",
                        f"{path} has {status.st_size} bytes, but at most {limit} are read",
                        Span(path),
                        help="compile the tree again: the file is not as its inventory names it",
                    )
                )
            try:
                return stream.read(status.st_size + 1)  # a file that changes meanwhile fails its digest
            except OSError as error:
                raise DiagnosticError(_unreadable(path, error)) from error

    def names(self, folder: str) -> Iterator[tuple[str, bool]]:
        try:
            with os.scandir(self._folder(folder)) as entries:
                names = sorted((entry.name, entry.is_dir(follow_symlinks=False)) for entry in entries)
        except FileNotFoundError:
            return
        except OSError as error:
            raise DiagnosticError(_fault(folder, error)) from error
        yield from names

    def _folder(self, path: str) -> int:
        """Return a descriptor of a folder, which this object keeps open. Raises OSError."""
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
    """A folder in a git checkout whose commit contains the folder."""

    def __init__(self, folder: Folder, entries: _Entries, repo: Repo) -> None:
        self._folder = folder
        self._repo = repo
        self._entries = entries
        self.commit = entries.commit
        self.inside = entries.inside
        self.seconds = entries.seconds

    def since(self, commit: str) -> Sequence[Earlier]:
        between: list[Earlier] = []
        name = self.commit
        try:
            for _ in range(MAX_SKIPPED if commit != name else 0):
                parents = self._repo.get_parents(ObjectID(name.encode()))
                name = parents[0].decode() if parents else ""
                if name == commit:
                    return between[::-1]
                if not name:
                    return ()
                entries = _Entries.at(self._repo, name, self.inside)
                if entries is not None:
                    between.append(entries)
        except KeyError:  # the checkout has no commit beyond the last one
            pass
        return ()

    def read(self, path: str, limit: int) -> bytes:
        parent, _, name = path.rpartition("/")
        entry = self._entries.folder(parent).get(name)
        if entry is None:
            raise DiagnosticError(_dirty(path, self.commit, "is not in the commit"))
        if entry.mode not in REGULAR:
            raise DiagnosticError(_outside(path))
        body = self._folder.read(path, limit)
        if _blob(body, len(entry.identifier)) != entry.identifier:
            raise DiagnosticError(_dirty(path, self.commit, "differs from the commit"))
        return body

    def close(self) -> None:
        """Close the folder and the repository."""
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
    """The git trees below one folder of one commit; each is read once."""

    def __init__(self, store: BaseObjectStore, commit: str, inside: str, seconds: int, tree: ObjectID) -> None:
        self._store = store
        self._tree = tree
        self._loaded: dict[str, dict[str, _Entry]] = {}
        self.commit = commit
        self.inside = inside
        self.seconds = seconds

    @classmethod
    def of(cls, repo: Repo, inside: str) -> _Entries | None:
        """Return the folder `inside` of the commit that is checked out; None when the commit does not have it."""
        head = _head(repo)
        return cls.at(repo, head, "" if inside == "." else inside) if head else None

    @classmethod
    def at(cls, repo: Repo, name: str, inside: str) -> _Entries | None:
        """Return the folder `inside` of a commit; None when the commit does not have it."""
        commit = repo[ObjectID(name.encode())]
        if not isinstance(commit, Commit):
            return None
        top = cls(repo.object_store, name, "", commit.commit_time, commit.tree)
        if not inside:
            return top
        parent, _, last = inside.rpartition("/")
        entry = top.folder(parent).get(last)
        if entry is None or entry.mode != DIRECTORY:
            return None
        return cls(repo.object_store, name, inside, commit.commit_time, ObjectID(entry.identifier.encode()))

    def read(self, path: str) -> bytes:
        """Return the bytes of a file in the commit. Raises KeyError if it has none."""
        parent, _, name = path.rpartition("/")
        entry = self.folder(parent)[name]
        blob = self._store[ObjectID(entry.identifier.encode())]
        if entry.mode not in REGULAR or not isinstance(blob, Blob):
            raise KeyError(path)
        return blob.data

    def folder(self, path: str) -> dict[str, _Entry]:
        """Return the entries of a folder by name; empty when the commit does not have the folder."""
        if path not in self._loaded:
            self._loaded[path] = self._load(path)
        return self._loaded[path]

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


def _resolved(tree: Path) -> Path:
    """Return the folder that a tree is now. Raises OSError, for a loop of links as well."""
    return Path(os.path.realpath(tree, strict=True))  # `Path.resolve` raises RuntimeError for a loop until Python 3.13


def _repository(real: Path) -> tuple[Path, Repo] | None:
    for top in (real, *real.parents):
        if (top / ".git").exists():
            try:
                return top, _opened(top)
            except (NotGitRepository, OSError) as error:
                raise DiagnosticError(
                    Diagnostic(
                        "SF801",
                        "the tree is in a git checkout whose repository cannot be read",
                        help="mount the .git folder beside the checkout, because every answer names the commit",
                    )
                ) from error
    return None


def _opened(top: Path) -> Repo:
    """Open a repository. Raises NotGitRepository, also where `.git` names one that is not there."""
    repo = Repo(str(top))
    head = repo.get_named_file("HEAD")
    if head is None:
        repo.close()
        raise NotGitRepository(str(top))
    head.close()
    return repo


def _head(repo: Repo) -> str:
    try:
        return repo.head().decode()
    except KeyError:  # a repo without a commit
        return ""


def _blob(body: bytes, length: int) -> str:
    name = b"blob %d\0" % len(body)
    return (hashlib.sha256(name + body) if length == 64 else hashlib.sha1(name + body)).hexdigest()  # noqa: S324 - git's own names


def _part(name: str) -> str:
    """Return one part of a path. Raises OSError (ELOOP, as for a link) for a part that leads elsewhere."""
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
        help="check the source of the tree (git-sync, the volume); the adopted state is still served",
    )


def _outside(path: str) -> Diagnostic:
    return Diagnostic(
        "SF804",
        f"{path} is not a regular file inside the tree",
        Span(path),
        help="commit the file itself instead of a link: links and devices are not read",
    )


def _dirty(path: str, commit: str, how: str) -> Diagnostic:
    return Diagnostic(
        "SF806",
        f"{path} {how} {commit[:12]}, which Argo CD reads",
        Span(path),
        help="commit the file, or restore the files of the commit",
    )
