"""Snapshots: the adopted inventory as immutable records, and their encoding as bytes.

A tree that has just been read has the same records, with empty revisions, which `sixfold_generator.adoption.decide`
fills in. The bytes are one line of header (format, SHA-256, length), then JSON: equal snapshots have equal bytes, and a
changed, missing or extra byte is detected.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import orjson

from sixfold_compiler.guard import BudgetUse, Drop, Spent
from sixfold_compiler.model.inventory import FileEntry, RepositoryEntry, TeamEntry

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

__all__ = [
    "Cluster",
    "DamagedError",
    "Hold",
    "Instance",
    "Namespace",
    "Overlay",
    "Snapshot",
    "decode",
    "encode",
]

FORMAT = b"sixfold-snapshot/2"
HEADER = re.compile(rb"([a-z-]+/[0-9]+) ([0-9a-f]{64}) ([0-9]{1,12})\n")


class DamagedError(Exception):
    """Adopted state that is damaged or of an unknown format. The message names the damage, not its cause."""


@dataclass(frozen=True, slots=True)
class Overlay:
    """The overlay of one app on one cluster: one file, and one Application where the unit is the app."""

    application: str
    digest: str
    objects: int
    size: int
    holds: str
    revision: str = ""


@dataclass(frozen=True, slots=True)
class Namespace:
    """The namespace of a team on one cluster: one folder, and one Application where the unit is the namespace."""

    team: str
    project: str
    application: str
    weight: int
    apps: Mapping[str, Overlay]
    digest: str = ""
    revision: str = ""


@dataclass(frozen=True, slots=True)
class Cluster:
    """A cluster. `files` are its platform and tenancy files, by path in the cluster's folder.

    `identity` is what the cluster is known by beside its server and its region; an earlier version stored none.
    """

    environment: str
    data_center: str
    region: str
    name: str
    server: str
    instance: str
    labels: Mapping[str, str]
    application: str
    project: str
    wave: int
    files: Mapping[str, FileEntry]
    namespaces: Mapping[str, Namespace]
    digest: str = ""
    revision: str = ""
    identity: Mapping[str, str] = field(default_factory=dict)

    @property
    def cell(self) -> str:
        """`environment/dataCenter`."""
        return f"{self.environment}/{self.data_center}"

    @property
    def key(self) -> str:
        """`environment/dataCenter/cluster`: the key of the root inventory, and the cluster's folder in the tree."""
        return f"{self.environment}/{self.data_center}/{self.name}"


@dataclass(frozen=True, slots=True)
class Instance:
    """The folder of an Argo CD instance, which is one Application of that instance: the digest of its files."""

    digest: str
    revision: str = ""


@dataclass(frozen=True, slots=True)
class Hold:
    """The hold on a team that stays as it was adopted: the reasons, and the number of its unapproved drops.

    `rows` are the budgets that would be exceeded; none where a tombstone is needed whatever the budgets are. `unit` is
    the team's new unit of Application, where that would change as well.
    """

    reasons: tuple[str, ...]
    unit: str = ""
    drops: int = 0
    rows: tuple[BudgetUse, ...] = ()


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The adopted inventory.

    `commit` is empty for a tree outside git, whose revision is the fleet's branch. `argocd[instance][file]` are the
    files of an Argo CD instance, and `instances` their folders, which an earlier version did not store. `spent` are
    drops that budgets let through and that still count against them. `retired` maps a team to the cells that it left
    with approval: a question about them is answered with `[]`. `pinned` are clusters whose files stay at an old
    revision because of a held team. `waiting` maps each unit whose newest content is not served (`cluster KEY`,
    `namespace KEY/NAME`, `app KEY/NAME/APP`) to the teams for which it waits; an earlier version stored none.
    `superseded` are commits that were adopted before. `sequence` counts adoptions in one state folder.
    """

    fleet: str
    compiler: str
    commit: str
    repository: RepositoryEntry
    clusters: Mapping[str, Cluster]
    teams: Mapping[str, TeamEntry]
    argocd: Mapping[str, Mapping[str, FileEntry]] = field(default_factory=dict)
    instances: Mapping[str, Instance] = field(default_factory=dict)
    spent: tuple[Spent, ...] = ()
    retired: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    held: Mapping[str, Hold] = field(default_factory=dict)
    pinned: tuple[str, ...] = ()
    waiting: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    superseded: tuple[str, ...] = ()
    sequence: int = 0

    def namespaces(self) -> Iterator[tuple[Cluster, str, Namespace]]:
        """Yield every namespace with its cluster and its name, in the order of clusters and names."""
        for key in sorted(self.clusters):
            cluster = self.clusters[key]
            for name in sorted(cluster.namespaces):
                yield cluster, name, cluster.namespaces[name]


def encode(snapshot: Snapshot) -> bytes:
    """Return the snapshot as bytes that `decode` accepts."""
    body = orjson.dumps(snapshot, option=orjson.OPT_SORT_KEYS)
    return b"%s %s %d\n" % (FORMAT, hashlib.sha256(body).hexdigest().encode(), len(body)) + body


def decode(data: bytes) -> Snapshot:
    """Read a snapshot. Raises `DamagedError` for any bytes that `encode` did not write."""
    header = HEADER.match(data)
    if header is None:
        raise DamagedError("it has no header")
    if header[1] != FORMAT:
        raise DamagedError(f"its format is {header[1].decode()}, and this version reads {FORMAT.decode()}")
    body = memoryview(data)[header.end() :]
    if len(body) != int(header[3]) or str(len(body)).encode() != header[3]:
        raise DamagedError(f"it has {len(body)} bytes of {int(header[3])}")
    if hashlib.sha256(body).hexdigest().encode() != header[2]:
        raise DamagedError("its checksum does not match")
    try:
        return _snapshot(orjson.loads(body))
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise DamagedError(f"it is not a snapshot ({type(error).__name__})") from error


def _snapshot(raw: dict[str, Any]) -> Snapshot:
    return Snapshot(
        fleet=raw["fleet"],
        compiler=raw["compiler"],
        commit=raw["commit"],
        repository=RepositoryEntry(**raw["repository"]),
        clusters={key: _cluster(value) for key, value in raw["clusters"].items()},
        teams={key: TeamEntry(**value) for key, value in raw["teams"].items()},
        retired={key: tuple(cells) for key, cells in raw["retired"].items()},
        argocd={
            instance: {name: FileEntry(**value) for name, value in files.items()}
            for instance, files in raw["argocd"].items()
        },
        instances={name: Instance(**value) for name, value in raw.get("instances", {}).items()},
        spent=tuple(Spent(item["day"], Drop(**item["drop"])) for item in raw["spent"]),
        held={key: _hold(value) for key, value in raw["held"].items()},
        pinned=tuple(raw["pinned"]),
        waiting={unit: tuple(teams) for unit, teams in raw.get("waiting", {}).items()},
        superseded=tuple(raw["superseded"]),
        sequence=raw["sequence"],
    )


def _hold(raw: dict[str, Any]) -> Hold:
    return Hold(tuple(raw["reasons"]), raw["unit"], raw["drops"], tuple(BudgetUse(**row) for row in raw["rows"]))


def _cluster(raw: dict[str, Any]) -> Cluster:
    files = {path: FileEntry(**value) for path, value in raw.pop("files").items()}
    namespaces = {name: _namespace(value) for name, value in raw.pop("namespaces").items()}
    return Cluster(**raw, files=files, namespaces=namespaces)


def _namespace(raw: dict[str, Any]) -> Namespace:
    apps = {name: Overlay(**value) for name, value in raw.pop("apps").items()}
    return Namespace(**raw, apps=apps)
