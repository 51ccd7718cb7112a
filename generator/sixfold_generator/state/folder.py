"""The adopted state on disk: whole snapshots, and one pointer that is swapped last.

```
<state>/lock                          held by the one adopter
<state>/snapshots/000000000012.snapshot
<state>/current                       one line: the snapshot's name and the SHA-256 of its bytes
<state>/attempt.json                  how the last adoption went
<state>/persisted.json                how the last look at the ConfigMaps went, where the state is kept in those
```
A kill at any instant leaves the old pointer or the new one, and both name a whole snapshot.
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
    from pathlib import Path

    from sixfold_compiler.files.atomic import Checkpoint

__all__ = ["KEPT", "BusyError", "LostRaceError", "State", "read_attempt"]

POINTER = re.compile(rb"([0-9]{12})\.snapshot ([0-9a-f]{64})\n")
SNAPSHOT = re.compile(r"[0-9]{12}\.snapshot")
KEPT = 3  # snapshots, the current one included


class BusyError(Exception):
    """Another adopter holds the lock."""


class LostRaceError(Exception):
    """Another adopter was faster: what is persisted is no longer what was read."""


class State:
    """One state folder. Only the holder of `lock` writes; reading takes no lock."""

    def __init__(self, folder: Path, checkpoint: Checkpoint = nothing) -> None:
        self.folder = folder
        self.pointer = folder / "current"  # the file whose replacement is an adoption
        self.attempt = folder / "attempt.json"  # how the last adoption went
        self.persisted = (
            folder / "persisted.json"
        )  # how the last look at the ConfigMaps went (sixfold_generator.state.store)
        self._checkpoint = checkpoint

    def read(self) -> Snapshot | None:
        """What the pointer names, or None when nothing was ever adopted. Raises `DamagedError`."""
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
                # We paused so long that later adoptions cleaned it up: the pointer has moved on, and so do we.
        if hashlib.sha256(data).hexdigest().encode() != match[2]:
            raise DamagedError("the snapshot that the pointer names is damaged")
        return decode(data)

    def digest(self) -> str:
        """The SHA-256 of the snapshot that the pointer names; empty without a whole pointer."""
        match = POINTER.fullmatch(self._pointer_bytes())
        return match[2].decode() if match else ""

    def pointer_is_whole(self) -> bool:
        """Whether the pointer names some snapshot, whole or not."""
        return POINTER.fullmatch(self._pointer_bytes()) is not None

    def recover(self) -> Snapshot | None:
        """Like `read`, for the adopter: in place of a lost or damaged pointer, the newest snapshot if that is whole.

        The newest snapshot is the one in use or the one that was about to be: it passed the guard. An older one is
        never taken up, since what was adopted after it would vanish unseen. Raises `DamagedError`.
        """
        if self.pointer_is_whole():
            return self.read()
        names = self._names()
        if not names:
            if self._pointer_bytes():
                raise DamagedError("the pointer is damaged, and there is no snapshot")
            return None
        return decode((self.folder / "snapshots" / names[-1]).read_bytes())

    def write(self, snapshot: Snapshot) -> None:
        """Adopts `snapshot`: whole on disk first, then the pointer. Raises OSError, with the old state untouched."""
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
        """Replaces the record of the last attempt."""
        replace_file(self.attempt, data, "attempt", self._checkpoint)

    def note_persisted(self, data: bytes) -> None:
        """Replaces the record of the last look at the ConfigMaps."""
        replace_file(self.persisted, data, "persisted", self._checkpoint)

    def sweep(self) -> None:
        """Removes what a killed adopter left half written."""
        for folder in (self.folder, self.folder / "snapshots"):
            for leftover in folder.glob("*.tmp"):
                leftover.unlink(missing_ok=True)

    @contextmanager
    def lock(self, seconds: float) -> Iterator[None]:
        """Holds the lock; waits for at most `seconds`, then raises `BusyError`. The kernel frees it when we die."""
        self.folder.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(self.folder / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
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
            return sorted(one.name for one in (self.folder / "snapshots").iterdir() if SNAPSHOT.fullmatch(one.name))
        except FileNotFoundError:
            return []


def read_attempt(path: Path) -> Attempt | None:
    """The attempt in that file; None when there is none, or it is damaged."""
    try:
        return Attempt.decode(path.read_bytes())
    except OSError:
        return None
