"""The adopted state in ConfigMaps: whole snapshots in immutable pieces, and one pointer that is swapped last.

```
NAME                                 which snapshots there are, newest first, with a checksum over that list
NAME-000000000012-00-8f2b…           one piece of a compressed snapshot: its sequence, number, and digest
```
The pointer is replaced only in the version that was read (resourceVersion), so of two adopters one wins. A ConfigMap
holds at most 1 MiB, hence the pieces. A snapshot is believed when the pointer's digest of the whole matches.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import orjson

from compiler.durable import nothing
from compiler.live import Api, ApiError
from compiler.live.api import METADATA
from generator.snapshot import DamagedError, Snapshot, decode, encode
from generator.state import KEPT, LostRaceError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from compiler.durable import Checkpoint

__all__ = ["ConfigMaps", "Entry", "Pointer"]

PIECE = 768 << 10  # bytes; the API server refuses more than 1 MiB, and etcd a request of more than 1.5 MiB
MAX_PIECES = 64  # of one snapshot, which is 48 MiB compressed
MAX_SIZE = 512 << 20  # bytes of one snapshot, unpacked
LABEL = "sixfold.dev/state"
PART = re.compile(r"([0-9]{12})-([0-9]{2})-([0-9a-f]{32})")


@dataclass(frozen=True, slots=True)
class Entry:
    """One persisted snapshot: `sha256` and `size` are those of its bytes, `pieces` the names of its ConfigMaps."""

    sequence: int
    sha256: str
    size: int
    pieces: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Pointer:
    """The pointer as it was read: `entries` newest first, `version` what it may be replaced in."""

    version: str
    entries: tuple[Entry, ...]


class ConfigMaps:
    """The snapshots persisted under one name. Methods raise `ApiError`, `DamagedError` and `LostRaceError`."""

    def __init__(self, api: Api, namespace: str, name: str, checkpoint: Checkpoint = nothing) -> None:
        self._api = api
        self._name = name
        self._path = f"/api/v1/namespaces/{namespace}/configmaps"
        self._checkpoint = checkpoint

    def pointer(self) -> Pointer | None:
        """The pointer; None when nothing was ever persisted. A lost pointer is damage, as long as there are pieces."""
        try:
            found = self._api.get(f"{self._path}/{self._name}")
        except ApiError as error:
            if (error.status, error.reason) != (404, "NotFound"):  # a 404 of anything else says nothing
                raise
            if self._pieces():
                raise DamagedError("its pointer is missing, and pieces of snapshots are there") from error
            return None
        return _parse(found, self._name)

    def missing(self, pointer: Pointer) -> bool:
        """Whether a piece of the newest snapshot is gone."""
        return bool(pointer.entries) and not set(pointer.entries[0].pieces) <= set(self._pieces())

    def load(self, pointer: Pointer) -> Snapshot | None:
        """The newest snapshot of `pointer`; None when nothing was adopted yet."""
        if not pointer.entries:
            return None
        entry = pointer.entries[0]
        data = _unpack(b"".join(self._read(name) for name in entry.pieces), entry)
        snapshot = decode(data)
        if snapshot.sequence != entry.sequence:
            raise DamagedError("a snapshot has another number than its pointer says")
        return snapshot

    def save(self, snapshot: Snapshot, over: Pointer | None) -> Pointer:
        """Persists `snapshot` in the place of what `over` names: its pieces first, then the pointer.

        Raises ValueError when it is too large. Pieces that are named no more go at the end; whatever cannot be removed
        now is removed after the next adoption.
        """
        data = encode(snapshot)
        packed = zlib.compress(data, 6)
        parts = [packed[start : start + PIECE] for start in range(0, len(packed), PIECE)]
        if len(parts) > MAX_PIECES or len(data) > MAX_SIZE:
            raise ValueError(f"the snapshot needs {len(parts)} ConfigMaps, and at most {MAX_PIECES} are used")
        if over is None:  # pieces without a pointer would look like a lost pointer
            over = self._create_pointer()
        names = []
        for number, part in enumerate(parts):
            name = f"{self._name}-{snapshot.sequence:012}-{number:02}-{hashlib.sha256(part).hexdigest()[:32]}"
            self._create_piece(name, part)
            names.append(name)
            self._checkpoint("configmap: piece written")
        entry = Entry(snapshot.sequence, hashlib.sha256(data).hexdigest(), len(data), tuple(names))
        entries = (entry, *(old for old in over.entries if old.sequence < entry.sequence))[:KEPT]
        self._checkpoint("configmap: before swap")
        try:
            swapped = self._api.send("PUT", f"{self._path}/{self._name}", self._body(entries, over.version))
        except ApiError as error:
            if error.status in {404, 409}:
                raise LostRaceError from error
            raise
        self._checkpoint("configmap: swapped")
        self._clean(entries)
        self._checkpoint("configmap: cleaned")
        return Pointer(_version(swapped), entries)

    def _read(self, name: str) -> bytes:
        try:
            found = self._api.get(f"{self._path}/{name}")
        except ApiError as error:
            if (error.status, error.reason) == (404, "NotFound"):
                raise DamagedError("a piece of the snapshot is missing") from error
            raise
        try:
            return base64.b64decode(found["binaryData"]["piece"], validate=True)
        except (KeyError, TypeError, binascii.Error, ValueError) as error:
            raise DamagedError("a piece of the snapshot is damaged") from error

    def _create_pointer(self) -> Pointer:
        try:
            return Pointer(_version(self._api.send("POST", self._path, self._body((), ""))), ())
        except ApiError as error:
            if error.reason == "AlreadyExists":
                raise LostRaceError from error
            raise

    def _create_piece(self, name: str, part: bytes) -> None:
        body = {
            "apiVersion": "v1",
            "kind": "ConfigMap",
            "metadata": {"name": name, "labels": self._labels()},
            "immutable": True,
            "binaryData": {"piece": base64.b64encode(part).decode()},
        }
        try:
            self._api.send("POST", self._path, body)
        except ApiError as error:
            if error.reason != "AlreadyExists":
                raise
            try:
                if self._read(name) == part:  # left by an adopter that was killed, or by the other of two
                    return
            except DamagedError:
                pass
            self._api.send("DELETE", f"{self._path}/{name}", {})
            self._api.send("POST", self._path, body)

    def _clean(self, entries: Sequence[Entry]) -> None:
        """Removes pieces that no entry names. Newer ones stay: another adopter may be about to name them."""
        named = {name for entry in entries for name in entry.pieces}
        try:
            for name in self._pieces():
                match = PART.fullmatch(name.removeprefix(f"{self._name}-"))
                if name not in named and match and int(match[1]) <= entries[0].sequence:
                    self._api.send("DELETE", f"{self._path}/{name}", {})
        except ApiError:
            return

    def _pieces(self) -> list[str]:
        selector = f"{LABEL}={self._label()}"
        found = self._api.items(self._path, accept=METADATA, labelSelector=selector)
        names = [str((one.get("metadata") or {}).get("name", "")) for one in found]
        return [name for name in names if name.startswith(f"{self._name}-")]

    def _body(self, entries: Sequence[Entry], version: str) -> dict[str, Any]:
        text = orjson.dumps(entries).decode()
        metadata: dict[str, Any] = {"name": self._name, "labels": {"app.kubernetes.io/managed-by": "sixfold-generator"}}
        if version:
            metadata["resourceVersion"] = version
        # An Argo CD that manages this namespace must never prune what removals are measured against.
        metadata["annotations"] = {"argocd.argoproj.io/sync-options": "Prune=false,Delete=false"}
        data = {"snapshots": text, "sha256": hashlib.sha256(text.encode()).hexdigest()}
        return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": data}

    def _labels(self) -> dict[str, str]:
        return {LABEL: self._label(), "app.kubernetes.io/managed-by": "sixfold-generator"}

    def _label(self) -> str:
        """The name as a label's value, which is shorter than a name may be."""
        return hashlib.sha256(self._name.encode()).hexdigest()[:32]


def _parse(found: dict[str, Any], name: str) -> Pointer:
    try:
        text, digest = found["data"]["snapshots"], found["data"]["sha256"]
        if hashlib.sha256(text.encode()).hexdigest() != digest:
            raise DamagedError("its pointer is damaged")
        entries = tuple(
            Entry(int(one["sequence"]), str(one["sha256"]), int(one["size"]), tuple(map(str, one["pieces"])))
            for one in orjson.loads(text)
        )
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise DamagedError("its pointer is damaged") from error
    for entry in entries:
        good = all(name_.startswith(f"{name}-") and PART.fullmatch(name_[len(name) + 1 :]) for name_ in entry.pieces)
        if not good or not 0 < entry.size <= MAX_SIZE or len(entry.pieces) > MAX_PIECES:
            raise DamagedError("its pointer is damaged")
    return Pointer(_version(found), entries)


def _version(found: dict[str, Any]) -> str:
    metadata = found.get("metadata")
    version = metadata.get("resourceVersion") if isinstance(metadata, dict) else None
    if not isinstance(version, str) or not version:
        raise ApiError(0, "the answer has no resourceVersion")
    return version


def _unpack(packed: bytes, entry: Entry) -> bytes:
    unpacker = zlib.decompressobj()
    try:
        data = unpacker.decompress(packed, entry.size + 1)
    except zlib.error as error:
        raise DamagedError("the snapshot that the pointer names is damaged") from error
    if len(data) != entry.size or hashlib.sha256(data).hexdigest() != entry.sha256:
        raise DamagedError("the snapshot that the pointer names is damaged")
    return data
