"""Bearer tokens from files, compared in constant time. Two files allow a rotation without a restart."""

from __future__ import annotations

import hmac
import os
import stat
from typing import TYPE_CHECKING

from sixfold_compiler.diagnostics import Diagnostic, DiagnosticError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

__all__ = ["Tokens"]

Stamp = tuple[int, ...]
LEAST_BYTES, MAX_BYTES = 16, 4096
TRIES = 10  # readings of files that change during a reading
HELP = "write a long random token into the file, the same that Argo CD sends as the token of the plugin"


class Tokens:
    """The tokens in `files`, which are read again after a change or a replacement.

    A missing file holds no token: the second file may be absent outside a rotation, and removing a file revokes its
    token. Raises `DiagnosticError` (SF831) where no file exists, or a file holds no valid token.
    """

    def __init__(self, files: Sequence[Path]) -> None:
        self._files = tuple(files)
        self._seen: tuple[Stamp | None, ...] = ()
        self._tokens: tuple[bytes, ...] = ()
        problems = [problem for path in self._files if (problem := _problem(path))]
        if not problems and not any(_read(path) for path in self._files):
            problems.append("none of the token files exists")
        if problems:
            raise DiagnosticError(Diagnostic("SF831", problem, help=HELP) for problem in problems)

    def accept(self, authorization: str | None) -> bool:
        """Return whether the Authorization header holds a current token; the time does not depend on which."""
        scheme, _, credentials = (authorization or "").partition(" ")
        presented = credentials.strip().encode("latin-1", "replace")
        accepted = False
        for token in self._current():
            accepted |= hmac.compare_digest(token, presented)
        return accepted and scheme.lower() == "bearer"

    def _current(self) -> tuple[bytes, ...]:
        seen = self._stamps()
        for _ in range(TRIES):
            if seen == self._seen:
                break
            self._tokens = tuple(token for path in self._files if (token := _read(path)) and not _fault(token))
            # In a rotation during the reading, the first file may hold the old token and the second be gone already.
            self._seen, seen = seen, self._stamps()
        return self._tokens

    def _stamps(self) -> tuple[Stamp | None, ...]:
        return tuple(_stamp(path) for path in self._files)


def _stamp(path: Path) -> Stamp | None:
    """Return values that differ after any change of the file. Links are followed: Kubernetes swaps one of them."""
    try:
        status = path.stat()
    except OSError:
        return None
    return (status.st_dev, status.st_ino, status.st_mtime_ns, status.st_ctime_ns, status.st_size)


def _read(path: Path) -> bytes:
    try:
        with path.open("rb") as stream:
            return stream.read(MAX_BYTES + 1).strip()
    except OSError:
        return b""


def _fault(token: bytes) -> str:
    """Return why a token is invalid, or an empty string; the reason shows no part of the token."""
    if len(token) > MAX_BYTES:
        return f"has more than {MAX_BYTES} bytes"
    if token.startswith(b"$"):
        return "contains a name that begins with $, as Argo CD sends when its Secret lacks the key"
    if not token.isascii() or any(byte <= 0x20 or byte == 0x7F for byte in token):
        return "contains more than one word of printable ASCII characters"
    if len(token) < LEAST_BYTES:
        return f"has fewer than {LEAST_BYTES} characters, so it can be guessed"
    return ""


def _problem(path: Path) -> str:
    """Return why the service must not start with this file, or an empty string."""
    if not path.exists():
        return ""
    try:
        with path.open("rb") as stream:
            mode = os.fstat(stream.fileno()).st_mode
    except OSError as error:
        return f"the token file {path.name} cannot be read: {os.strerror(error.errno or 0).lower()}"
    # Not those that others may read: Kubernetes writes a Secret with the mode 0644 by default.
    if mode & stat.S_IWOTH:
        return f"the token file {path.name} can be written by every user of the machine, who could choose the token"
    token = _read(path)
    if not token:
        return f"the token file {path.name} is empty"
    if fault := _fault(token):
        return f"the token file {path.name} {fault}"
    return ""
