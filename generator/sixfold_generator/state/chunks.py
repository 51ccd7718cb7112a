"""A snapshot as ConfigMaps: cut into pieces, put together again, and the pointer that names them. Pure.

A ConfigMap holds at most 1 MiB, hence the pieces. A snapshot is believed when the pointer's digest of it matches.
"""

from __future__ import annotations

import base64
import hashlib
import re
import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import orjson

from sixfold_compiler.live import ApiError
from sixfold_generator.state.snapshot import DamagedError, Snapshot, decode, encode

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

__all__ = [
    "Entry",
    "Pointer",
    "bytes_of",
    "cut",
    "piece_body",
    "pointer_body",
    "pointer_of",
    "selector",
    "snapshot_of",
    "unnamed",
    "version_of",
]

PIECE = 768 << 10  # bytes; the API server refuses more than 1 MiB, and etcd a request of more than 1.5 MiB
MAX_PIECES = 64  # of one snapshot, which is 48 MiB compressed
MAX_SIZE = 512 << 20  # bytes of one snapshot, unpacked
LABEL = "sixfold.dev/state"
MANAGED = {"app.kubernetes.io/managed-by": "sixfold-generator"}
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


def cut(snapshot: Snapshot, name: str) -> tuple[Entry, Mapping[str, bytes]]:
    """The snapshot's entry under the pointer `name`, and its pieces by their names. Raises ValueError: too large."""
    data = encode(snapshot)
    packed = zlib.compress(data, 6)
    parts = [packed[start : start + PIECE] for start in range(0, len(packed), PIECE)]
    if len(parts) > MAX_PIECES or len(data) > MAX_SIZE:
        raise ValueError(f"the snapshot needs {len(parts)} ConfigMaps, and at most {MAX_PIECES} are used")
    pieces = {
        f"{name}-{snapshot.sequence:012}-{number:02}-{hashlib.sha256(part).hexdigest()[:32]}": part
        for number, part in enumerate(parts)
    }
    return Entry(snapshot.sequence, hashlib.sha256(data).hexdigest(), len(data), tuple(pieces)), pieces


def snapshot_of(packed: bytes, entry: Entry) -> Snapshot:
    """The snapshot of its pieces, joined. Raises `DamagedError`; never unpacks more than the entry says."""
    unpacker = zlib.decompressobj()
    try:
        data = unpacker.decompress(packed, entry.size + 1)
    except zlib.error as error:
        raise DamagedError("the snapshot that the pointer names is damaged") from error
    if len(data) != entry.size or hashlib.sha256(data).hexdigest() != entry.sha256:
        raise DamagedError("the snapshot that the pointer names is damaged")
    snapshot = decode(data)
    if snapshot.sequence != entry.sequence:
        raise DamagedError("a snapshot has another number than its pointer says")
    return snapshot


def pointer_of(found: dict[str, Any], name: str) -> Pointer:
    """The pointer that a ConfigMap is. Raises `DamagedError`, and `ApiError` where the API server's part is missing."""
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
        good = all(piece.startswith(f"{name}-") and PART.fullmatch(piece[len(name) + 1 :]) for piece in entry.pieces)
        if not good or not 0 < entry.size <= MAX_SIZE or len(entry.pieces) > MAX_PIECES:
            raise DamagedError("its pointer is damaged")
    return Pointer(version_of(found), entries)


def version_of(found: dict[str, Any]) -> str:
    """The version of an object, as the API server gave it. Raises `ApiError`: it gave none."""
    metadata = found.get("metadata")
    version = metadata.get("resourceVersion") if isinstance(metadata, dict) else None
    if not isinstance(version, str) or not version:
        raise ApiError(0, "the answer has no resourceVersion")
    return version


def bytes_of(found: dict[str, Any]) -> bytes:
    """What a piece holds. Raises `DamagedError`."""
    try:
        return base64.b64decode(found["binaryData"]["piece"], validate=True)
    except (KeyError, TypeError, ValueError) as error:
        raise DamagedError("a piece of the snapshot is damaged") from error


def unnamed(names: Iterable[str], entries: Sequence[Entry], name: str) -> list[str]:
    """Pieces that no entry names. Newer ones are not among them: another adopter may be about to name them."""
    named = {piece for entry in entries for piece in entry.pieces}
    matches = [(one, PART.fullmatch(one.removeprefix(f"{name}-"))) for one in names if one not in named]
    return [one for one, match in matches if match and int(match[1]) <= entries[0].sequence]


def pointer_body(name: str, entries: Sequence[Entry], version: str) -> dict[str, Any]:
    """The pointer as a ConfigMap; with `version`, in the place of the one that has it."""
    text = orjson.dumps(entries).decode()
    metadata: dict[str, Any] = {"name": name, "labels": MANAGED}
    if version:
        metadata["resourceVersion"] = version
    # An Argo CD that manages this namespace must never prune what removals are measured against.
    metadata["annotations"] = {"argocd.argoproj.io/sync-options": "Prune=false,Delete=false"}
    data = {"snapshots": text, "sha256": hashlib.sha256(text.encode()).hexdigest()}
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": data}


def piece_body(name: str, piece: str, part: bytes) -> dict[str, Any]:
    """A piece of what the pointer `name` names, as a ConfigMap."""
    return {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": piece, "labels": {LABEL: _label(name), **MANAGED}},
        "immutable": True,
        "binaryData": {"piece": base64.b64encode(part).decode()},
    }


def selector(name: str) -> str:
    """The label selector of all pieces of the pointer `name`."""
    return f"{LABEL}={_label(name)}"


def _label(name: str) -> str:
    """The name as a label's value, which is shorter than a name may be."""
    return hashlib.sha256(name.encode()).hexdigest()[:32]
