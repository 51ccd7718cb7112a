"""The adopted state on disk: complete snapshots, and one pointer that is replaced last.

```
<state>/lock                          held by the one adopter
<state>/turn                          held by the one worker that runs an adopter
<state>/snapshots/000000000012.snapshot
<state>/current                       one line: the snapshot's name and the SHA-256 of its bytes
<state>/attempt.json                  the outcome of the last adoption
<state>/persisted.json                the outcome of the last check of the ConfigMaps, where these keep the state
```
A kill at any instant leaves the old pointer or the new one, and both name a complete snapshot.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import re
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

from sixfold_compiler.files.atomic import nothing, replace_file
from sixfold_generator.state.attempt import Attempt
from sixfold_generator.state.snapshot import DamagedError, Snapshot, decode, encode

if TYPE_CHECKING:
    from collections.abc import Iterator
    from contextlib import AbstractContextManager
    from pathlib import Path

    from sixfold_compiler.files.atomic import Checkpoint

__all__ = ["KEPT", "BusyError", "LostRaceError", "State", "read_attempt"]

POINTER = re.compile(rb"([0-9]{12})\.snapshot ([0-9a-f]{64})\n")
SNAPSHOT = re.compile(r"[0-9]{12}\.snapshot")
TEMPORARY = re.compile(r"\.(current|(attempt|persisted|live)\.json|[0-9]{12}\.snapshot)\.[0-9]+\.tmp")
KEPT = 3  # snapshots, the current one included


class BusyError(Exception):
    """Another adopter holds the lock."""


class LostRaceError(Exception):
    """Another adopter was faster: the persisted state changed after it was read."""


class State:
    """One state folder. Only the holder of `lock` may write; reading takes no lock."""

    def __init__(self, folder: Path, checkpoint: Checkpoint = nothing) -> None:
        self.folder = folder
        self.pointer = folder / "current"  # the file whose replacement is an adoption
        self.attempt = folder / "attempt.json"
        self.persisted = folder / "persisted.json"
        self._checkpoint = checkpoint

    def read(self) -> Snapshot | None:
        """Return the snapshot that the pointer names, None where nothing was ever adopted. Raises `DamagedError`."""
        while True:
            try:
                pointer = self.pointer.read_bytes()
            except FileNotFoundError:
                return None
            match = POINTER.fullmatch(pointer)
            if match is None:
                raise DamagedError("the pointer is damaged")
            try:
                data = (self.folder / "snapshots" / f"{match[1].decode()}.snapshot").read_bytes()
                break
            except FileNotFoundError as error:
                if self._pointer_bytes() == pointer:
                    raise DamagedError("the snapshot that the pointer names is missing") from error
                # Later adoptions have removed the snapshot since the pointer was read: read the pointer again.
        if hashlib.sha256(data).hexdigest().encode() != match[2]:
            raise DamagedError("the snapshot that the pointer names is damaged")
        return decode(data)

    def digest(self) -> str:
        """Return the SHA-256 of the snapshot that the pointer names, or an empty string without a valid pointer."""
        match = POINTER.fullmatch(self._pointer_bytes())
        return match[2].decode() if match else ""

    def has_valid_pointer(self) -> bool:
        """Return whether the pointer names a snapshot; the snapshot may be missing or damaged."""
        return POINTER.fullmatch(self._pointer_bytes()) is not None

    def recover(self) -> Snapshot | None:
        """Read the snapshot as the adopter does: with a lost or damaged pointer, the newest snapshot.

        The newest snapshot passed the guard: it was in use, or was about to be. An older one is never read, since the
        guard would not see the deletion of later additions. Raises `DamagedError`.
        """
        if self.has_valid_pointer():
            return self.read()
        names = self._names()
        if not names:
            if self._pointer_bytes():
                raise DamagedError("the pointer is damaged, and there is no snapshot")
            return None
        return decode((self.folder / "snapshots" / names[-1]).read_bytes())

    def write(self, snapshot: Snapshot) -> None:
        """Adopt `snapshot`: write all of it, then the pointer. An OSError leaves the previous state in place."""
        self.sweep()
        data = encode(snapshot)
        folder = self.folder / "snapshots"
        folder.mkdir(exist_ok=True)
        name = f"{snapshot.sequence:012}.snapshot"
        replace_file(folder / name, data, "snapshot", self._checkpoint)
        pointer = f"{name} {hashlib.sha256(data).hexdigest()}\n".encode()
        replace_file(self.pointer, pointer, "pointer", self._checkpoint)
        for old in self._names()[:-KEPT]:
            (folder / old).unlink(missing_ok=True)
        self._checkpoint("cleaned")

    def note(self, data: bytes) -> None:
        """Replace the record of the last adoption."""
        replace_file(self.attempt, data, "attempt", self._checkpoint)

    def note_persisted(self, data: bytes) -> None:
        """Replace the record of the last check of the ConfigMaps."""
        replace_file(self.persisted, data, "persisted", self._checkpoint)

    def sweep(self) -> None:
        """Remove the temporary files of killed processes, known by the names of `replace_file`, and no others."""
        for folder in (self.folder, self.folder / "snapshots"):
            for leftover in folder.glob(".*.tmp"):
                if TEMPORARY.fullmatch(leftover.name):
                    leftover.unlink(missing_ok=True)

    def lock(self, seconds: float) -> AbstractContextManager[None]:
        """Hold the lock after a wait of at most `seconds`. Raises `BusyError`. The kernel frees it with the process."""
        return self._hold("lock", seconds)

    def turn(self) -> AbstractContextManager[None]:
        """Hold the turn of the workers to run an adopter, which takes the lock. Raises `BusyError`."""
        return self._hold("turn", 0)

    @contextmanager
    def _hold(self, name: str, seconds: float) -> Iterator[None]:
        self.folder.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(self.folder / name, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        try:
            end = time.monotonic() + seconds
            while True:
                try:
                    fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    break
                except BlockingIOError as error:
                    if time.monotonic() >= end:
                        raise BusyError from error
                    time.sleep(0.05)
            yield
        finally:
            os.close(descriptor)

    def _pointer_bytes(self) -> bytes:
        try:
            return self.pointer.read_bytes()
        except FileNotFoundError:
            return b""

    def _names(self) -> list[str]:
        try:
            return sorted(path.name for path in (self.folder / "snapshots").iterdir() if SNAPSHOT.fullmatch(path.name))
        except FileNotFoundError:
            return []


def read_attempt(path: Path) -> Attempt | None:
    """Read the record of an adoption; None where the file is missing, unreadable or damaged."""
    try:
        return Attempt.decode(path.read_bytes())
    except OSError:
        return None
