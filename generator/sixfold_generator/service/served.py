"""The snapshot that one worker serves. Its pointer in the state folder is checked on every request."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sixfold_generator.plugin.catalog import Catalog
from sixfold_generator.plugin.query import Refusal
from sixfold_generator.state.clock import Instant
from sixfold_generator.state.folder import State
from sixfold_generator.state.snapshot import DamagedError

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["Served"]

Stamp = tuple[int, int, int, int]


class Served:
    """A worker's read-only view of a state folder; it never answers from an older snapshot than the pointer's.

    A pointer that cannot be read does not mean a newer snapshot, so the last good one is still served. A valid
    pointer to a damaged snapshot says that the last good one is old, so nothing is served.
    """

    def __init__(self, folder: Path) -> None:
        self.state = State(folder)
        self.since = Instant.now()
        self.damage = ""
        self._stamp: Stamp | None = None
        self._catalog: Catalog | None = None

    def catalog(self) -> Catalog:
        """Return the index of the adopted snapshot. Raises `Refusal` (503) without a snapshot that may be served."""
        stamp = self._pointer_stamp()
        if stamp is not None and stamp != self._stamp:
            self._load(stamp)
        if self._catalog is None:
            raise Refusal("nothing-adopted", self.damage or "nothing is adopted yet: there is no list to give")
        return self._catalog

    def peek(self) -> Catalog | None:
        """Return the index of the adopted snapshot, or None without a snapshot that may be served."""
        try:
            return self.catalog()
        except Refusal:
            return None

    def _pointer_stamp(self) -> Stamp | None:
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
            if self.state.has_valid_pointer():
                self._catalog = None
            return  # the next adoption replaces an invalid pointer
        except OSError as error:
            self.damage = f"the adopted state cannot be read: {(error.strerror or 'error').lower()}"
            return
        if snapshot is None:
            return
        self._catalog = Catalog(snapshot)
        self.since = Instant.now()
        self._stamp = stamp
        self.damage = ""
