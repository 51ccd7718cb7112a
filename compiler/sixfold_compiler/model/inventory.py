"""Inventories: the files through which the compiler, the deletion guard and the generator share an overlay tree.

A tree has one root inventory (`inventory.json`), one cluster inventory for each cluster
(`<environment>/<dataCenter>/<cluster>/inventory.json`) and one facts file for each cell
(`<environment>/<dataCenter>/facts.json`). The root inventory names the digests of the others.

Each type has `parse`, which accepts exactly the structure of its file, and `to_bytes`, which encodes the file. Unknown
fields are ignored, so that a later version may add fields under the same `apiVersion`. Tombstones and budgets are the
exception: an approval with an unread field would be wider than intended. Readers check limits of sizes and names: the
compiler writes what the fleet's models accept, and the generator checks everything.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Annotated, Any, Final, Literal, Self, TypeVar

import orjson
from pydantic import ConfigDict, Field, TypeAdapter

from sixfold_compiler.model.base import dump
from sixfold_compiler.model.facts import AppRecord
from sixfold_compiler.model.tombstone import Deletions, Tombstone

__all__ = [
    "API_VERSION",
    "CellFacts",
    "ClusterInventory",
    "FileEntry",
    "FileRef",
    "InstanceInventory",
    "NamespaceEntry",
    "OverlayEntry",
    "RepositoryEntry",
    "RootInventory",
    "TeamEntry",
    "TreeIndex",
    "digest_of",
    "parse_part",
]

API_VERSION: Final = "sixfold.dev/v1"

_CONFIG = ConfigDict(strict=True)
_DATA_CENTER = Field(alias="dataCenter")

JsonRecord = dict[str, Any]  # one JSON object of a file
Part = TypeVar("Part")


@dataclass(frozen=True, slots=True)
class FileRef:
    """A reference to a file: its digest (`sha256:` and 64 hexadecimal digits) and its size in bytes."""

    __pydantic_config__ = _CONFIG

    digest: str
    size: int

    def to_record(self) -> JsonRecord:
        """Return the entry as JSON data."""
        return {"digest": self.digest, "size": self.size}


@dataclass(frozen=True, slots=True)
class FileEntry(FileRef):
    """A file of Kubernetes objects: their number and identities (`sixfold_compiler.kubernetes.identity.holds`)."""

    __pydantic_config__ = _CONFIG

    objects: int
    holds: str = field(default="", kw_only=True)

    def to_record(self) -> JsonRecord:
        """Return the entry as JSON data, without `holds` if it is empty."""
        record: JsonRecord = {"digest": self.digest, "objects": self.objects, "size": self.size}
        if self.holds:
            record["holds"] = self.holds
        return record


@dataclass(frozen=True, slots=True)
class OverlayEntry(FileEntry):
    """The overlay of an app on a cluster, and the name of the Application that deploys it, if each app has its own."""

    __pydantic_config__ = _CONFIG

    application: str

    def to_record(self) -> JsonRecord:
        """Return the entry as JSON data, without `holds` if it is empty."""
        return FileEntry.to_record(self) | {"application": self.application}


@dataclass(frozen=True, slots=True)
class NamespaceEntry:
    """The namespace of a team on one cluster: its share of the team's traffic in percent, and its overlays by app."""

    __pydantic_config__ = _CONFIG

    team: str
    project: str
    application: str
    weight: int
    apps: Mapping[str, OverlayEntry]

    def to_record(self) -> JsonRecord:
        """Return the entry as JSON data."""
        return {
            "team": self.team,
            "project": self.project,
            "application": self.application,
            "weight": self.weight,
            "apps": {name: entry.to_record() for name, entry in self.apps.items()},
        }


@dataclass(frozen=True, slots=True)
class ClusterInventory:
    """The inventory of one cluster.

    `files` are the files of the platform and of tenancy, by path in the cluster's folder (`_platform/gateway.yaml`).
    `wave` is the rollout position of the cluster in its cell, from 1. `input` is the digest of everything that the
    platform's files were rendered from; empty if it is unknown. `identity` has what else the cluster is known by:
    `eks`, its name in EKS, `account` and, if the fleet states it, `ca`.
    """

    __pydantic_config__ = _CONFIG

    api_version: Annotated[Literal["sixfold.dev/v1"], Field(alias="apiVersion")]
    kind: Literal["ClusterInventory"]
    environment: str
    data_center: Annotated[str, _DATA_CENTER]
    cluster: str
    region: str
    server: str
    instance: str
    labels: Mapping[str, str]
    application: str
    project: str
    wave: int
    files: Mapping[str, FileEntry]
    namespaces: Mapping[str, NamespaceEntry]
    input: str = ""
    identity: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def parse(cls, data: bytes) -> "ClusterInventory":
        """Parse the bytes of a cluster inventory.

        Raises:
            pydantic.ValidationError: The bytes are not JSON, or a field is missing or of the wrong type.
        """
        return _adapter(cls).validate_json(data)

    def to_bytes(self) -> bytes:
        """Return the inventory encoded as the bytes of its file."""
        return _dump(
            {
                "apiVersion": self.api_version,
                "kind": self.kind,
                "environment": self.environment,
                "dataCenter": self.data_center,
                "cluster": self.cluster,
                "region": self.region,
                "server": self.server,
                "instance": self.instance,
                "labels": self.labels,
                "application": self.application,
                "project": self.project,
                "wave": self.wave,
                "input": self.input,
                "identity": self.identity,
                "files": {path: entry.to_record() for path, entry in self.files.items()},
                "namespaces": {name: entry.to_record() for name, entry in self.namespaces.items()},
            }
        )


@dataclass(frozen=True, slots=True)
class _FactsHeader:
    __pydantic_config__ = _CONFIG

    api_version: Annotated[Literal["sixfold.dev/v1"], Field(alias="apiVersion")]
    kind: Literal["Facts"]
    environment: str
    data_center: Annotated[str, _DATA_CENTER]


@dataclass(frozen=True, slots=True)
class CellFacts(_FactsHeader):
    """The facts file of one cell: the records of its apps, by `team/app`."""

    apps: Mapping[str, AppRecord]

    @classmethod
    def parse(cls, data: bytes) -> "CellFacts":
        """Parse the bytes of a cell's facts file.

        Raises:
            ValueError: The bytes are not JSON, or a field is missing or of the wrong type.
        """
        document = orjson.loads(data)
        if not isinstance(document, dict):
            raise ValueError("facts are an object")  # noqa: TRY004 - as for every other wrong file
        header = parse_part(_FactsHeader, {name: document[name] for name in document if name != "apps"})
        records = document.get("apps")
        if not isinstance(records, dict):
            raise ValueError("facts have apps")  # noqa: TRY004 - as for every other wrong file
        apps = AppRecord.parse_all(records)
        return cls(header.api_version, header.kind, header.environment, header.data_center, apps)

    def to_bytes(self) -> bytes:
        """Return the facts encoded as the bytes of their file."""
        return _dump(
            {
                "apiVersion": self.api_version,
                "kind": self.kind,
                "environment": self.environment,
                "dataCenter": self.data_center,
                "apps": {key: record.to_record() for key, record in self.apps.items()},
            }
        )


@dataclass(frozen=True, slots=True)
class RepositoryEntry:
    """The git repository from which Argo CD reads the tree. `path` is the tree's folder in it; empty for the top."""

    __pydantic_config__ = _CONFIG

    url: str
    branch: str
    path: str

    def to_record(self) -> JsonRecord:
        """Return the entry as JSON data."""
        return {"url": self.url, "branch": self.branch, "path": self.path}


@dataclass(frozen=True, slots=True)
class InstanceInventory:
    """The files of one Argo CD instance by name, and the digest of their input; empty if it is unknown."""

    __pydantic_config__ = _CONFIG

    files: Mapping[str, FileEntry]
    input: str = ""

    def to_record(self) -> JsonRecord:
        """Return the instance as JSON data."""
        return {"input": self.input, "files": {name: entry.to_record() for name, entry in self.files.items()}}


@dataclass(frozen=True, slots=True)
class TeamEntry:
    """A team: its Argo CD project, its unit of Application (`namespace` or `app`), and its namespaces by cell.

    The namespaces are counted. A cell with the count 0 is one where the team may run and deliberately has no namespace.
    """

    __pydantic_config__ = _CONFIG

    project: str
    unit: Literal["namespace", "app"]
    applications: Mapping[str, int]

    def to_record(self) -> JsonRecord:
        """Return the entry as JSON data."""
        return {"project": self.project, "unit": self.unit, "applications": self.applications}


@dataclass(frozen=True, slots=True, kw_only=True)
class TreeIndex:
    """The part of a root inventory that lists the contents of the tree. A compile reads only this part.

    `clusters` and `cells` refer to the cluster inventories and to the facts files, by cluster and by cell.
    """

    __pydantic_config__ = _CONFIG

    api_version: Annotated[Literal["sixfold.dev/v1"], Field(alias="apiVersion")]
    kind: Literal["Inventory"]
    clusters: Mapping[str, FileRef]
    cells: Annotated[Mapping[str, FileRef], Field(alias="dataCenters")]
    argocd: Mapping[str, InstanceInventory]
    teams: Mapping[str, TeamEntry]

    @classmethod
    def parse(cls, data: bytes) -> Self:
        """Parse the bytes of a root inventory into this type. The checksum is not verified.

        Raises:
            pydantic.ValidationError: The bytes are not JSON, or a field is missing or of the wrong type.
        """
        return _adapter(cls).validate_json(data)


@dataclass(frozen=True, slots=True, kw_only=True)
class RootInventory(TreeIndex):
    """The root inventory of a tree. `checksum` is the digest of the file itself (`sixfold_compiler.tree.seal`).

    `build` is the identity of the program that wrote the tree, beside its version; empty in the trees of old versions.
    """

    __pydantic_config__ = _CONFIG

    checksum: str
    fleet: str
    compiler: str
    build: str = ""
    repository: RepositoryEntry
    tombstones: tuple[Tombstone, ...]
    deletions: Deletions

    def to_bytes(self) -> bytes:
        """Return the inventory encoded as the bytes of its file, with `checksum` unchanged."""
        return _dump(
            {
                "apiVersion": self.api_version,
                "kind": self.kind,
                "checksum": self.checksum,
                "fleet": self.fleet,
                "compiler": self.compiler,
                "build": self.build,
                "repository": self.repository.to_record(),
                "clusters": {key: ref.to_record() for key, ref in self.clusters.items()},
                "dataCenters": {key: ref.to_record() for key, ref in self.cells.items()},
                "argocd": {name: instance.to_record() for name, instance in self.argocd.items()},
                "teams": {name: team.to_record() for name, team in self.teams.items()},
                "tombstones": [dump(tombstone) for tombstone in self.tombstones],
                "deletions": dump(self.deletions),
            }
        )


def parse_part(kind: type[Part], value: object) -> Part:
    """Parse one part of an inventory from JSON data, for a reader that recovers parts of a torn file.

    Raises:
        pydantic.ValidationError: A field is missing or of the wrong type.
    """
    return _adapter(kind).validate_json(orjson.dumps(value))


def digest_of(data: bytes) -> str:
    """Return the digest of a file's bytes as inventories write it: `sha256:` and 64 hexadecimal digits."""
    return "sha256:" + hashlib.sha256(data).hexdigest()


def _dump(record: JsonRecord) -> bytes:
    """Return JSON bytes with sorted keys, indented, with a final newline."""
    return orjson.dumps(record, option=orjson.OPT_SORT_KEYS | orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)


def _adapter(kind: type[Part]) -> TypeAdapter[Part]:
    key: Any = kind  # mypy takes the type of a frozen record for unhashable
    adapter: TypeAdapter[Part] = _built(key)
    return adapter


@cache
def _built(kind: type[Part]) -> TypeAdapter[Part]:
    return TypeAdapter(kind)
