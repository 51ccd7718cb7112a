"""Recover the usable parts of inventories that are torn or were edited by hand.

`sixfold_compiler.model.inventory` parses strictly and comes first; these functions read what it rejects, part by part.
A file that a damaged entry names still counts as owned, with unknown content, so that the next compile writes it again
or deletes it.
"""

from __future__ import annotations

import contextlib
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar

import orjson
from pydantic import ValidationError

from sixfold_compiler.model.facts import AppRecord
from sixfold_compiler.model.inventory import (
    API_VERSION,
    CellFacts,
    ClusterInventory,
    FileEntry,
    FileRef,
    InstanceInventory,
    NamespaceEntry,
    OverlayEntry,
    TeamEntry,
    TreeIndex,
    parse_part,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["UNKNOWN", "Sections", "is_foreign", "is_safe", "read_cluster", "read_facts", "read_root", "safe_records"]

UNKNOWN = FileEntry("", -1, 0)  # a file that the tree owns, with unknown content

_UNKNOWN_OVERLAY = OverlayEntry("", -1, 0, "")
_SAFE_PART = re.compile(r"[A-Za-z0-9_.-]+")

Part = TypeVar("Part")


@dataclass(frozen=True, slots=True)
class Sections:
    """The sections of a root inventory that a compile uses.

    `clusters` and `cells` map to the digests of the cluster inventories and of the facts files; None for an unknown
    digest.
    """

    clusters: Mapping[str, str | None]
    cells: Mapping[str, str | None]
    argocd: Mapping[str, InstanceInventory] = field(default_factory=dict)
    teams: Mapping[str, TeamEntry] = field(default_factory=dict)


def is_safe(path: str) -> bool:
    """Return whether a path that an inventory names stays inside the tree."""
    return all(_SAFE_PART.fullmatch(part) and part not in (".", "..") for part in path.split("/"))


def read_root(data: bytes) -> Sections | None:
    """Read a root inventory; return None if no part of it is usable."""
    try:
        root = TreeIndex.parse(data)
    except ValidationError:
        return _salvage_root(data)
    return Sections(_digests(root.clusters), _digests(root.cells), root.argocd, root.teams)


def is_foreign(data: bytes) -> bool:
    """Return whether an unreadable root inventory is a file of another program: it is not empty, and not of our API.

    What is left of ours after a crash is empty, all zeros, or begins with the API.
    """
    return bool(data.strip(b"\0 \r\n\t")) and API_VERSION.encode() not in data


def read_cluster(data: bytes) -> tuple[ClusterInventory | None, bool]:
    """Read a cluster inventory, and return whether it is complete enough for the deletion guard.

    The inventory is None if no part of it is usable.
    """
    try:
        return ClusterInventory.parse(data), True
    except ValidationError:
        return _salvage_cluster(data)


def read_facts(data: bytes) -> tuple[CellFacts | None, bool]:
    """Read the facts file of a cell, and return whether all of it was usable.

    The facts are None if no part of the file is usable.
    """
    with contextlib.suppress(ValueError):
        return CellFacts.parse(data), True
    record = _json(data, "Facts")
    if record is None:
        return None, False
    apps: dict[str, AppRecord] = {}
    for key, value in _object(record, "apps").items():
        with contextlib.suppress(ValueError):
            apps |= AppRecord.parse_all({key: value})
    return CellFacts(API_VERSION, "Facts", "", "", safe_records(apps)), False


def safe_records(apps: Mapping[str, AppRecord]) -> dict[str, AppRecord]:
    """Return the records of apps whose keys are safe as parts of a path in the tree."""
    return {key: record for key, record in apps.items() if key.count("/") == 1 and is_safe(key)}


def _digests(refs: Mapping[str, FileRef]) -> dict[str, str | None]:
    return {key: ref.digest for key, ref in refs.items()}


def _salvage_root(data: bytes) -> Sections | None:
    record = _json(data, "Inventory")
    if record is None or not all(isinstance(record.get(name), dict) for name in ("clusters", "dataCenters", "argocd")):
        return None
    teams = {name: _part(TeamEntry, value) for name, value in _object(record, "teams").items()}
    return Sections(
        _salvage_digests(record["clusters"]),
        _salvage_digests(record["dataCenters"]),
        {name: _instance(value) for name, value in record["argocd"].items() if isinstance(value, dict)},
        {name: team for name, team in teams.items() if team is not None} if None not in teams.values() else {},
    )


def _salvage_digests(section: dict[str, Any]) -> dict[str, str | None]:
    digests = {key: entry.get("digest") if isinstance(entry, dict) else None for key, entry in section.items()}
    return {key: digest if isinstance(digest, str) else None for key, digest in digests.items()}


def _instance(value: dict[str, Any]) -> InstanceInventory:
    return InstanceInventory({name: _file(entry) for name, entry in _object(value, "files").items()})


def _salvage_cluster(data: bytes) -> tuple[ClusterInventory | None, bool]:
    record = _json(data, "ClusterInventory")
    if record is None or not all(isinstance(record.get(name), dict) for name in ("files", "namespaces")):
        return None, False
    rows = {name: row for name, row in record["namespaces"].items() if isinstance(row, dict)}
    strict = {name: _part(NamespaceEntry, row) for name, row in rows.items() if isinstance(row.get("apps"), dict)}
    text = {name: value for name, value in record.items() if isinstance(value, str)}
    cluster = ClusterInventory(
        api_version=API_VERSION,
        kind="ClusterInventory",
        environment=text.get("environment", ""),
        data_center=text.get("dataCenter", ""),
        cluster=text.get("cluster", ""),
        region=text.get("region", ""),
        server=text.get("server", ""),
        instance=text.get("instance", ""),
        labels={},
        application=text.get("application", ""),
        project=text.get("project", ""),
        wave=0,
        files={path: _file(entry) for path, entry in record["files"].items()},
        namespaces={name: entry or _namespace(rows[name]) for name, entry in strict.items()},
    )
    return cluster, bool(cluster.instance and cluster.application and all(strict.values()))


def _namespace(row: dict[str, Any]) -> NamespaceEntry:
    apps = {name: _part(OverlayEntry, entry) or _UNKNOWN_OVERLAY for name, entry in row["apps"].items()}
    weight = row.get("weight")
    return NamespaceEntry(str(row.get("team")), "", "", weight if isinstance(weight, int) else 0, apps)


def _file(value: object) -> FileEntry:
    return _part(FileEntry, value) or UNKNOWN


def _part(kind: type[Part], value: object) -> Part | None:
    try:
        return parse_part(kind, value)
    except ValidationError:
        return None


def _object(record: dict[str, Any], name: str) -> dict[str, Any]:
    value = record.get(name)
    return value if isinstance(value, dict) else {}


def _json(data: bytes, kind: str) -> dict[str, Any] | None:
    try:
        value = orjson.loads(data)
    except orjson.JSONDecodeError:
        return None
    return value if isinstance(value, dict) and value.get("kind") == kind else None
