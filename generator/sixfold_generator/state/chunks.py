"""Encode snapshots as ConfigMaps: pieces of a compressed snapshot, and the pointer that names them. No I/O.

A ConfigMap holds at most 1 MiB, hence the pieces. A snapshot is valid when it matches the digest in the pointer.
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

Object = dict[str, Any]  # a Kubernetes object as JSON, as `sixfold_compiler.live` sends and receives it


@dataclass(frozen=True, slots=True)
class Entry:
    """A persisted snapshot: digest and size of its uncompressed bytes, and the names of its ConfigMaps in order."""

    sequence: int
    sha256: str
    size: int
    pieces: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Pointer:
    """The pointer as it was read: the entries, newest first, and the resourceVersion that a replacement must name."""

    version: str
    entries: tuple[Entry, ...]


def cut(snapshot: Snapshot, name: str) -> tuple[Entry, Mapping[str, bytes]]:
    """Compress a snapshot and cut it into pieces.

    Returns:
        The entry for the pointer `name`, and the pieces by the names of their ConfigMaps.

    Raises:
        ValueError: The snapshot is too large.
    """
    data = encode(snapshot)
    packed = zlib.compress(data)
    parts = [packed[start : start + PIECE] for start in range(0, len(packed), PIECE)]
    if len(parts) > MAX_PIECES or len(data) > MAX_SIZE:
        raise ValueError(f"the snapshot needs {len(parts)} ConfigMaps, and at most {MAX_PIECES} are used")
    pieces = {
        f"{name}-{snapshot.sequence:012}-{number:02}-{hashlib.sha256(part).hexdigest()[:32]}": part
        for number, part in enumerate(parts)
    }
    return Entry(snapshot.sequence, hashlib.sha256(data).hexdigest(), len(data), tuple(pieces)), pieces


def snapshot_of(packed: bytes, entry: Entry) -> Snapshot:
    """Decode a snapshot from its joined pieces. At most the size in the entry is decompressed.

    Raises:
        DamagedError: The pieces are not those of the entry.
    """
    unpacker = zlib.decompressobj()
    try:
        data = unpacker.decompress(packed, entry.size + 1)
    except zlib.error as error:
        raise DamagedError("the snapshot that the pointer names is damaged") from error
    if len(data) != entry.size or hashlib.sha256(data).hexdigest() != entry.sha256:
        raise DamagedError("the snapshot that the pointer names is damaged")
    snapshot = decode(data)
    if snapshot.sequence != entry.sequence:
        raise DamagedError("a snapshot has another number than its pointer names")
    return snapshot


def pointer_of(configmap: Object, name: str) -> Pointer:
    """Read the pointer from its ConfigMap.

    Raises:
        DamagedError: The data of the ConfigMap are damaged.
        ApiError: The answer of the API server has no resourceVersion.
    """
    try:
        text, digest = configmap["data"]["snapshots"], configmap["data"]["sha256"]
        if hashlib.sha256(text.encode()).hexdigest() != digest:
            raise DamagedError("its pointer is damaged")
        entries = tuple(
            Entry(int(item["sequence"]), str(item["sha256"]), int(item["size"]), tuple(map(str, item["pieces"])))
            for item in orjson.loads(text)
        )
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise DamagedError("its pointer is damaged") from error
    for entry in entries:
        named = all(piece.startswith(f"{name}-") and PART.fullmatch(piece[len(name) + 1 :]) for piece in entry.pieces)
        if not named or not 0 < entry.size <= MAX_SIZE or len(entry.pieces) > MAX_PIECES:
            raise DamagedError("its pointer is damaged")
    return Pointer(version_of(configmap), entries)


def version_of(configmap: Object) -> str:
    """Return the resourceVersion of an object. Raises `ApiError` when the API server's answer has none."""
    metadata = configmap.get("metadata")
    version = metadata.get("resourceVersion") if isinstance(metadata, dict) else None
    if not isinstance(version, str) or not version:
        raise ApiError(0, "the answer has no resourceVersion")
    return version


def bytes_of(configmap: Object) -> bytes:
    """Return the bytes of a piece from its ConfigMap. Raises `DamagedError`."""
    try:
        return base64.b64decode(configmap["binaryData"]["piece"], validate=True)
    except (KeyError, TypeError, ValueError) as error:
        raise DamagedError("a piece of the snapshot is damaged") from error


def unnamed(names: Iterable[str], entries: Sequence[Entry], name: str) -> list[str]:
    """Return the pieces that no entry names, without newer ones, which another adopter may be about to name."""
    named = {piece for entry in entries for piece in entry.pieces}
    matches = [(piece, PART.fullmatch(piece.removeprefix(f"{name}-"))) for piece in names if piece not in named]
    return [piece for piece, match in matches if match and int(match[1]) <= entries[0].sequence]


def pointer_body(name: str, entries: Sequence[Entry], version: str) -> Object:
    """Build the ConfigMap of a pointer. With `version` it replaces the pointer of that resourceVersion only."""
    text = orjson.dumps(entries).decode()
    metadata: dict[str, Any] = {"name": name, "labels": MANAGED}
    if version:
        metadata["resourceVersion"] = version
    # An Argo CD that manages this namespace must never delete the state that deletions are compared with.
    metadata["annotations"] = {"argocd.argoproj.io/sync-options": "Prune=false,Delete=false"}
    data = {"snapshots": text, "sha256": hashlib.sha256(text.encode()).hexdigest()}
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": data}


def piece_body(name: str, piece: str, part: bytes) -> Object:
    """Build the ConfigMap of one piece of a snapshot under the pointer `name`."""
    return {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": piece, "labels": {LABEL: _label(name), **MANAGED}},
        "immutable": True,
        "binaryData": {"piece": base64.b64encode(part).decode()},
    }


def selector(name: str) -> str:
    """Return the label selector of all pieces under the pointer `name`."""
    return f"{LABEL}={_label(name)}"


def _label(name: str) -> str:
    """Return the name as the value of a label, which may be shorter than a name."""
    return hashlib.sha256(name.encode()).hexdigest()[:32]
