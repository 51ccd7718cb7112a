"""Keep the adopted state in ConfigMaps: snapshots in immutable pieces, and one pointer that is replaced last.

```
NAME                                 the list of snapshots, newest first, with its checksum
NAME-000000000012-00-8f2b…           one piece of a compressed snapshot: its sequence, number, and digest
```
The pointer is replaced only in the version that was read (resourceVersion), so of two adopters one wins. The contents
are encoded by `sixfold_generator.state.chunks`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sixfold_compiler.files.atomic import nothing
from sixfold_compiler.live import Api, ApiError
from sixfold_compiler.live.api import METADATA
from sixfold_generator.state.chunks import (
    Entry,
    Pointer,
    bytes_of,
    cut,
    piece_body,
    pointer_body,
    pointer_of,
    selector,
    snapshot_of,
    unnamed,
    version_of,
)
from sixfold_generator.state.folder import KEPT, LostRaceError
from sixfold_generator.state.snapshot import DamagedError, Snapshot

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sixfold_compiler.files.atomic import Checkpoint

__all__ = ["ConfigMaps"]


class ConfigMaps:
    """The snapshots that are persisted under one name. Methods raise `ApiError`, `DamagedError` and `LostRaceError`."""

    def __init__(self, api: Api, namespace: str, name: str, checkpoint: Checkpoint = nothing) -> None:
        self._api = api
        self._name = name
        self._path = f"/api/v1/namespaces/{namespace}/configmaps"
        self._checkpoint = checkpoint

    def pointer(self) -> Pointer | None:
        """Read the pointer; None when nothing was ever persisted. A missing pointer beside pieces is damage."""
        try:
            configmap = self._api.get(f"{self._path}/{self._name}")
        except ApiError as error:
            if (error.status, error.reason) != (
                404,
                "NotFound",
            ):  # a 404 of something else, such as a proxy, proves nothing
                raise
            if self._pieces():
                raise DamagedError("its pointer is missing, and pieces of snapshots are there") from error
            return None
        return pointer_of(configmap, self._name)

    def missing(self, pointer: Pointer) -> bool:
        """Return whether a piece of the newest snapshot is missing."""
        return bool(pointer.entries) and not set(pointer.entries[0].pieces) <= set(self._pieces())

    def load(self, pointer: Pointer) -> Snapshot | None:
        """Read the newest snapshot of `pointer`; None when nothing was adopted yet."""
        if not pointer.entries:
            return None
        entry = pointer.entries[0]
        return snapshot_of(b"".join(self._read(name) for name in entry.pieces), entry)

    def save(self, snapshot: Snapshot, over: Pointer | None) -> Pointer:
        """Persist a snapshot: its pieces first, then the pointer, which must still be `over`.

        Pieces that no entry names any more are deleted at the end, or after the next adoption where that fails.

        Raises:
            ValueError: The snapshot is too large.
        """
        entry, pieces = cut(snapshot, self._name)
        if over is None:  # pieces without a pointer would look like a lost pointer
            over = self._create_pointer()
        for name, part in pieces.items():
            self._create_piece(name, part)
            self._checkpoint("configmap: piece written")
        entries = (entry, *(old for old in over.entries if old.sequence < entry.sequence))[:KEPT]
        self._checkpoint("configmap: before swap")
        try:
            body = pointer_body(self._name, entries, over.version)
            swapped = self._api.send("PUT", f"{self._path}/{self._name}", body)
        except ApiError as error:
            if error.status in {404, 409}:
                raise LostRaceError from error
            raise
        self._checkpoint("configmap: swapped")
        self._clean(entries)
        self._checkpoint("configmap: cleaned")
        return Pointer(version_of(swapped), entries)

    def _read(self, name: str) -> bytes:
        try:
            configmap = self._api.get(f"{self._path}/{name}")
        except ApiError as error:
            if (error.status, error.reason) == (404, "NotFound"):
                raise DamagedError("a piece of the snapshot is missing") from error
            raise
        return bytes_of(configmap)

    def _create_pointer(self) -> Pointer:
        try:
            return Pointer(version_of(self._api.send("POST", self._path, pointer_body(self._name, (), ""))), ())
        except ApiError as error:
            if error.reason == "AlreadyExists":
                raise LostRaceError from error
            raise

    def _create_piece(self, name: str, part: bytes) -> None:
        body = piece_body(self._name, name, part)
        try:
            self._api.send("POST", self._path, body)
        except ApiError as error:
            if error.reason != "AlreadyExists":
                raise
            try:
                if self._read(name) == part:  # written by an adopter that was killed, or by another one
                    return
            except DamagedError:
                pass
            self._api.send("DELETE", f"{self._path}/{name}", {})
            self._api.send("POST", self._path, body)

    def _clean(self, entries: Sequence[Entry]) -> None:
        """Delete the pieces that no entry names."""
        try:
            for name in unnamed(self._pieces(), entries, self._name):
                self._api.send("DELETE", f"{self._path}/{name}", {})
        except ApiError:
            return

    def _pieces(self) -> list[str]:
        configmaps = self._api.items(self._path, accept=METADATA, labelSelector=selector(self._name))
        metadata = (item.get("metadata") for item in configmaps)
        names = [str(entry.get("name", "")) for entry in metadata if isinstance(entry, dict)]
        return [name for name in names if name.startswith(f"{self._name}-")]
