"""Bearer tokens from files: two at once, so that a rotation needs no restart, and compared in constant time."""

from __future__ import annotations

import hmac
import os
from typing import TYPE_CHECKING

from sixfold_compiler.diagnostics import Diagnostic, DiagnosticError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

__all__ = ["Tokens"]

MAX_BYTES = 4096
TRIES = 10  # readings of files that change meanwhile
HELP = "write a long random token into the file; Argo CD sends it as the plugin's token"


class Tokens:
    """The tokens in `files`, read again whenever a file is replaced or changed.

    A file that is missing holds no token: so a second file may be absent outside a rotation, and removing one revokes
    it. Raises `DiagnosticError` (SF831) when the service would start without any token, or with a wrong one.
    """

    def __init__(self, files: Sequence[Path]) -> None:
        self._files = tuple(files)
        self._seen: tuple[object, ...] = ()
        self._tokens: tuple[bytes, ...] = ()
        problems = [problem for path in self._files if (problem := _problem(path))]
        if not problems and not any(_read(path) for path in self._files):
            problems.append("none of the token files exists")
        if problems:
            raise DiagnosticError(Diagnostic("SF831", problem, help=HELP) for problem in problems)

    def accept(self, authorization: str | None) -> bool:
        """Whether the header holds one of the tokens. Every token is compared, whatever the others gave."""
        scheme, _, given = (authorization or "").partition(" ")
        presented = given.strip().encode("latin-1", "replace")
        accepted = False
        for token in self._current():
            accepted |= hmac.compare_digest(token, presented)
        return accepted and scheme.lower() == "bearer"

    def _current(self) -> tuple[bytes, ...]:
        seen = self._stamps()
        for _ in range(TRIES):
            if seen == self._seen:
                break
            self._tokens = tuple(token for path in self._files if (token := _read(path)) and not _wrong(token))
            self._seen, seen = seen, self._stamps()  # a rotation while we read: one file may be old, the other gone
        return self._tokens

    def _stamps(self) -> tuple[object, ...]:
        return tuple(_stamp(path) for path in self._files)


def _stamp(path: Path) -> tuple[int, ...] | None:
    """What changes when the file does; through links, since Kubernetes swaps a link when a Secret changes."""
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


def _wrong(token: bytes) -> str:
    """What is wrong with a token, without any of it."""
    if len(token) > MAX_BYTES:
        return f"holds more than {MAX_BYTES} bytes"
    if token.startswith(b"$"):
        return "holds a name that begins with $, which is what Argo CD sends when its secret lacks the key"
    if not token.isascii() or any(byte <= 0x20 or byte == 0x7F for byte in token):
        return "holds more than one word of printable ASCII"
    return ""


def _problem(path: Path) -> str:
    if not path.exists():
        return ""
    try:
        with path.open("rb"):
            pass
    except OSError as error:
        return f"token file {path.name} cannot be read: {os.strerror(error.errno or 0).lower()}"
    token = _read(path)
    if not token:
        return f"token file {path.name} is empty"
    if wrong := _wrong(token):
        return f"token file {path.name} {wrong}"
    return ""
