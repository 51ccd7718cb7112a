"""Facts: what an app publishes to other apps, and its record in the tree's facts files.

The file `facts.json` of a cell holds one record for each app. Equal facts are encoded as equal bytes, so a digest over
the facts of all callees shows whether a caller's overlays are current. Unknown fields are ignored, as in inventories.

A compile reads thousands of records and needs few fields of most of them. So `Facts` and `AppRecord` are typed views of
JSON data, which `AppRecord.parse_all` checks column by column: 2,500 records take 10 ms, and 44 ms as pydantic models.
"""

from __future__ import annotations

from dataclasses import dataclass
from operator import itemgetter
from typing import TYPE_CHECKING, Any, Final, NamedTuple, NotRequired, TypedDict

import orjson

from sixfold_compiler.model.addresses import AppKey
from sixfold_compiler.model.fact_checks import check_facts, check_records

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from sixfold_compiler.diagnostics import Json

__all__ = ["AppRecord", "CallFacts", "Facts", "PortFacts", "RoadFacts"]


class _FactsData(TypedDict):
    """The JSON data of `Facts`. `home` and `clusters` may be missing."""

    name: str
    team: str
    namespace: str
    tier: str
    kind: str
    ports: Sequence[Mapping[str, Json]]
    roads: Mapping[str, Mapping[str, Any]]
    spread: str
    calls: Sequence[Sequence[str]]
    home: NotRequired[str]
    clusters: NotRequired[Mapping[str, int]]


class _AppData(TypedDict):
    """The JSON data of `AppRecord`. `objects` and `version` may be missing."""

    source: str
    deps: str
    cells: Sequence[str]
    files: Mapping[str, str]
    facts: _FactsData
    objects: NotRequired[Sequence[str]]
    version: NotRequired[str]


@dataclass(frozen=True, slots=True)
class PortFacts:
    """A port of an app: callers connect to `port`, and the container listens on `target_port`."""

    name: str
    port: int
    target_port: int
    protocol: str
    app_protocol: str

    def to_record(self) -> dict[str, Json]:
        """Return the port as JSON data."""
        return {
            "name": self.name,
            "port": self.port,
            "targetPort": self.target_port,
            "protocol": self.protocol,
            "appProtocol": self.app_protocol,
        }


@dataclass(frozen=True, slots=True)
class RoadFacts:
    """A road of an app: its callers (`*`, `team` or `team/app`) and its settings (None if the manifest omits them).

    `port` is the name of the only port that the road carries. The fields `host`, `path`, `shared_with` and
    `load_balancer` are used by external roads only.
    """

    callers: tuple[str, ...]
    port: str | None = None
    timeout: str | None = None
    host: str | None = None
    path: str | None = None
    shared_with: tuple[str, ...] | None = None
    load_balancer: bool | None = None

    def to_record(self) -> dict[str, Json]:
        """Return the road as JSON data, without the fields that are None."""
        record: dict[str, Json] = {"callers": list(self.callers)}
        for name in ("port", "timeout", "host", "path"):
            if (value := getattr(self, name)) is not None:
                record[name] = value
        if self.shared_with is not None:
            record["sharedWith"] = list(self.shared_with)
        if self.load_balancer is not None:
            record["loadBalancer"] = self.load_balancer
        return record


class CallFacts(NamedTuple):
    """A declared call to another app, by name. An empty `data_center` means the caller's own data center."""

    app: str
    data_center: str


class Facts:
    """The facts of an app in one cell, as an immutable view of JSON data.

    Two are equal if their JSON data is equal. The constructor takes every field by its name.
    """

    __slots__ = ("_ports", "_record", "_roads")

    _ports: tuple[PortFacts, ...]
    _record: _FactsData
    _roads: dict[str, RoadFacts]

    def __init__(
        self,
        *,
        name: str,
        team: str,
        namespace: str,
        tier: str,
        kind: str,
        ports: Sequence[PortFacts],
        roads: Mapping[str, RoadFacts],
        spread: str,
        calls: Iterable[CallFacts],
        home: str = "",
        clusters: Mapping[str, int] | None = None,
    ) -> None:
        self._record = {
            "name": name,
            "team": team,
            "namespace": namespace,
            "tier": tier,
            "kind": kind,
            "ports": [port.to_record() for port in ports],
            "roads": {road: facts.to_record() for road, facts in roads.items()},
            "spread": spread,
            "calls": [list(call) for call in calls],
            "home": home,
            "clusters": dict(clusters or {}),
        }

    @classmethod
    def parse(cls, record: object) -> Facts:
        """Parse the facts of an app from JSON data. The caller must not change the data afterward.

        Raises:
            ValueError: A field is missing or of the wrong type.
        """
        try:
            check_facts([record])
        except (AttributeError, KeyError, TypeError) as error:
            raise ValueError(f"Facts: {error!r}") from error
        return cls.checked(record)

    @classmethod
    def checked(cls, record: Any) -> Facts:
        """Return the facts in JSON data that is already checked. The caller must not change the data afterward."""
        facts = cls.__new__(cls)
        facts._record = record  # noqa: SLF001 - its own class
        return facts

    @property
    def name(self) -> str:
        """The name of the app."""
        return self._record["name"]

    @property
    def team(self) -> str:
        """The team that owns the app."""
        return self._record["team"]

    @property
    def namespace(self) -> str:
        """The namespace of the team in the cell."""
        return self._record["namespace"]

    @property
    def tier(self) -> str:
        """The tier of the app: P0, P1 or P2."""
        return self._record["tier"]

    @property
    def kind(self) -> str:
        """The Kubernetes kind of the workload."""
        return self._record["kind"]

    @property
    def ports(self) -> tuple[PortFacts, ...]:
        """The ports in the order of the manifest."""
        try:
            return self._ports
        except AttributeError:
            self._ports = tuple(PortFacts(*_PORT(port)) for port in self._record["ports"])
            return self._ports

    @property
    def roads(self) -> Mapping[str, RoadFacts]:
        """The roads that the app opens, by name."""
        try:
            return self._roads
        except AttributeError:
            self._roads = {name: _road(road) for name, road in self._record["roads"].items()}
            return self._roads

    @property
    def spread(self) -> str:
        """The distribution over the clusters of the cell: `share`, `home` or `every`."""
        return self._record["spread"]

    @property
    def calls(self) -> list[CallFacts]:
        """The calls to other apps, sorted and without duplicates."""
        return [CallFacts(*call) for call in self._record["calls"]]

    @property
    def home(self) -> str:
        """The cluster of an app that runs once; empty for other apps."""
        return self._record.get("home", "")

    @property
    def clusters(self) -> Mapping[str, int]:
        """The weight of each cluster that the app runs on; empty until the app is placed."""
        return self._record.get("clusters", {})

    @property
    def key(self) -> AppKey:
        """The key (team and name) of the app."""
        return AppKey(self.team, self.name)

    def placed(self, home: str, clusters: Mapping[str, int]) -> Facts:
        """Return a copy of the facts with this home and these clusters, each with its weight."""
        return Facts.checked({**self._record, "home": home, "clusters": dict(clusters)})

    def opens(self, road: str) -> bool:
        """Return whether the app opens the road of this name."""
        return road in self._record["roads"]

    def routing(self) -> tuple[object, ...]:
        """Return the facts that a gateway routes by (identity, ports, roads and clusters), as JSON data for digests."""
        record = self._record
        return *_OWNER(record), record["ports"], record["roads"], self.clusters

    def encoded(self) -> bytes:
        """Return the facts as JSON bytes with sorted keys, for digests."""
        return orjson.dumps(self._record, option=orjson.OPT_SORT_KEYS)

    def to_record(self) -> _FactsData:
        """Return the facts as JSON data for `facts.json`. The caller must not change it."""
        return self._record

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Facts) and self._record == other._record

    def __hash__(self) -> int:
        return hash(self.encoded())

    def __repr__(self) -> str:
        return f"Facts({self._record})"


class AppRecord:
    """The record of an app in the facts file of a cell, as an immutable view of JSON data.

    Two are equal if their JSON data is equal.
    """

    __slots__ = ("_facts", "_record")

    _facts: Facts
    _record: _AppData

    def __init__(
        self,
        *,
        source: str,
        deps: str,
        cells: Iterable[str],
        files: Mapping[str, str],
        facts: Facts,
        objects: Iterable[str] = (),
        version: str = "",
    ) -> None:
        self._facts = facts
        self._record = {
            "source": source,
            "deps": deps,
            "cells": list(cells),
            "files": dict(files),
            "facts": facts.to_record(),
            "objects": list(objects),
        }
        if version:
            self._record["version"] = version

    @classmethod
    def parse_all(cls, apps: object) -> dict[str, AppRecord]:
        """Parse the app records of a cell from JSON data, by `team/app`. The caller must not change the data afterward.

        Raises:
            ValueError: A field of a record is missing or of the wrong type.
        """
        if not isinstance(apps, dict):
            raise ValueError("AppRecord: no object")  # noqa: TRY004 - as for every other wrong file
        try:
            check_records([*apps.values()])
        except (AttributeError, KeyError, TypeError) as error:
            raise ValueError(f"AppRecord: {error!r}") from error
        return {key: cls._view(record) for key, record in apps.items()}

    @classmethod
    def _view(cls, record: _AppData) -> AppRecord:
        app = cls.__new__(cls)
        app._record = record  # noqa: SLF001 - its own class
        app._facts = Facts.checked(record["facts"])  # noqa: SLF001
        return app

    @property
    def source(self) -> str:
        """The digest of all inputs of the app's overlays except the facts of its callees."""
        return self._record["source"]

    @property
    def deps(self) -> str:
        """The digest of the facts of the app's callees."""
        return self._record["deps"]

    @property
    def cells(self) -> Sequence[str]:
        """All cells of the app, sorted."""
        return self._record["cells"]

    @property
    def files(self) -> Mapping[str, str]:
        """The digests of the app's config files, by path."""
        return self._record["files"]

    @property
    def facts(self) -> Facts:
        """The facts of the app in the cell."""
        return self._facts

    @property
    def objects(self) -> Sequence[str]:
        """The identities of the app's Kubernetes objects in the cell, sorted."""
        return self._record.get("objects", [])

    @property
    def version(self) -> str:
        """The version that the release file gave the app in the cell's environment; empty if it gave none."""
        return self._record.get("version", "")

    def to_record(self) -> _AppData:
        """Return the record as JSON data. The caller must not change it."""
        return self._record

    def __eq__(self, other: object) -> bool:
        return isinstance(other, AppRecord) and self._record == other._record

    def __hash__(self) -> int:
        return hash((self.source, self.deps, self._facts))

    def __repr__(self) -> str:
        return f"AppRecord({self._record})"


_OWNER: Final = itemgetter("name", "team", "namespace", "tier")
_PORT: Final = itemgetter("name", "port", "targetPort", "protocol", "appProtocol")


def _road(record: Mapping[str, Any]) -> RoadFacts:
    field = record.get
    shared = field("sharedWith")
    return RoadFacts(
        callers=tuple(record["callers"]),
        port=field("port"),
        timeout=field("timeout"),
        host=field("host"),
        path=field("path"),
        shared_with=None if shared is None else tuple(shared),
        load_balancer=field("loadBalancer"),
    )
