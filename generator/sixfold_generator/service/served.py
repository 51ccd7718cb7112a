"""What this worker serves: the snapshot that the pointer names, looked at on every request."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sixfold_generator.plugin.catalog import Catalog
from sixfold_generator.plugin.query import Refusal
from sixfold_generator.state.clock import Instant
from sixfold_generator.state.folder import State
from sixfold_generator.state.snapshot import DamagedError

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["Adopted"]

Stamp = tuple[int, int, int, int]


class Adopted:
    """A worker's view of one state folder. Reads only, and never answers from an older snapshot than the pointer's.

    A pointer that cannot be read says nothing new, so the last good snapshot goes on; a pointer that names a snapshot
    that is not whole says that ours is old, so nothing is answered.
    """

    def __init__(self, folder: Path) -> None:
        self.state = State(folder)
        self.since = Instant.now()
        self.damage = ""
        self._stamp: Stamp | None = None
        self._catalog: Catalog | None = None

    def catalog(self) -> Catalog:
        """The catalog of the adopted snapshot. Raises `Refusal` (503) when there is none that may be answered."""
        stamp = self._look()
        if stamp is not None and stamp != self._stamp:
            self._load(stamp)
        if self._catalog is None:
            raise Refusal("nothing-adopted", self.damage or "nothing is adopted yet: there is no list to give")
        return self._catalog

    def peek(self) -> Catalog | None:
        """The same for readiness and metrics: None instead of a refusal."""
        try:
            return self.catalog()
        except Refusal:
            return None

    def _look(self) -> Stamp | None:
        try:
            status = self.state.pointer.stat()
        except OSError:
            self.damage = "" if self._catalog is None else "the adopted state is out of reach"
            return None
        return (status.st_ino, status.st_mtime_ns, status.st_ctime_ns, status.st_size)

    def _load(self, stamp: Stamp) -> None:
        try:
            snapshot = self.state.read()
        except DamagedError as error:
            self.damage = f"the adopted state is damaged: {error}"
            if not self.state.pointer_is_whole():
                return  # a torn pointer says nothing new; the adopter mends it
            self._catalog = None
            return
        except OSError as error:
            self.damage = f"the adopted state cannot be read: {(error.strerror or 'error').lower()}"
            return
        if snapshot is None:
            return
        self._catalog = Catalog(snapshot)
        self.since = Instant.now()
        self._stamp = stamp
        self.damage = ""
