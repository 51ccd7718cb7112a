"""Facts: all that other apps may know of an app, and the record in which the tree keeps them.

`facts.json` of a cell holds the records of its apps. Equal facts have equal bytes, so that a digest over the facts of
the apps that an app calls shows whether its overlays are current. Unknown fields are ignored, as in inventories.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping  # noqa: TC003 - pydantic reads the annotations
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple

import orjson
from pydantic import ConfigDict, Field, StrictBool, StrictInt, StrictStr, TypeAdapter

from sixfold_compiler.model.addresses import AppKey

if TYPE_CHECKING:
    from sixfold_compiler.diagnostics.values import Json

__all__ = ["AppRecord", "CallFacts", "Facts", "PortFacts", "RoadFacts"]

_TUPLES = ConfigDict(strict=False)  # only lists become tuples; the types of the fields allow no other conversion


@dataclass(frozen=True, slots=True)
class PortFacts:
    """A port of an app: callers use `port`, the container listens on `target_port`."""

    __pydantic_config__ = _TUPLES

    name: StrictStr
    port: StrictInt
    target_port: Annotated[StrictInt, Field(alias="targetPort")]
    protocol: StrictStr
    app_protocol: Annotated[StrictStr, Field(alias="appProtocol")]

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
    """A road of an app: who may call (`*`, `team`, `team/app`), and what the manifest sets; None where it sets nothing.

    `port` is the name of the only port that the road carries. The fields from `host` on belong to external roads.
    """

    __pydantic_config__ = _TUPLES

    callers: tuple[StrictStr, ...]
    port: StrictStr | None = None
    timeout: StrictStr | None = None
    host: StrictStr | None = None
    path: StrictStr | None = None
    shared_with: Annotated[tuple[StrictStr, ...] | None, Field(alias="sharedWith")] = None
    load_balancer: Annotated[StrictBool | None, Field(alias="loadBalancer")] = None

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
    """A call of another app, by the app's name; `data_center` is empty for the caller's own."""

    app: StrictStr
    data_center: StrictStr


@dataclass(frozen=True, slots=True)
class Facts:
    """The facts of an app in a cell.

    `tier` is P0, P1 or P2; `spread` is `share`, `home` or `every`. `calls` are sorted and without repetition. `home` is
    the cluster of an app that runs once, empty for others. `clusters` are the clusters that the app runs on with their
    weights; the facts of an app that is not placed yet have none.
    """

    __pydantic_config__ = _TUPLES

    name: StrictStr
    team: StrictStr
    namespace: StrictStr
    tier: StrictStr
    kind: StrictStr
    ports: tuple[PortFacts, ...]
    roads: Mapping[StrictStr, RoadFacts]
    spread: StrictStr
    calls: tuple[CallFacts, ...]
    home: StrictStr = ""
    clusters: Mapping[StrictStr, StrictInt] = field(default_factory=dict)
    _record: Any = field(default=None, init=False, repr=False, compare=False)  # JSON data; a cheap type for pydantic

    @property
    def key(self) -> AppKey:
        """The key of the app."""
        return AppKey(self.team, self.name)

    def placed(self, home: str, clusters: Mapping[str, int]) -> Facts:
        """Return the facts of the app on these clusters (cluster: weight)."""
        return replace(self, home=home, clusters=clusters)

    def encoded(self) -> bytes:
        """Return the record as JSON with sorted keys, for digests."""
        return orjson.dumps(self.to_record(), option=orjson.OPT_SORT_KEYS)

    def to_record(self) -> dict[str, Json]:
        """Return the facts as JSON data, as `facts.json` holds them. The result is kept and must not be changed."""
        if self._record is None:
            object.__setattr__(self, "_record", self._json())
        record: dict[str, Json] = self._record
        return record

    def _json(self) -> dict[str, Json]:
        return {
            "name": self.name,
            "team": self.team,
            "namespace": self.namespace,
            "tier": self.tier,
            "kind": self.kind,
            "ports": [port.to_record() for port in self.ports],
            "roads": {name: road.to_record() for name, road in self.roads.items()},
            "spread": self.spread,
            "calls": [list(call) for call in self.calls],
            "home": self.home,
            "clusters": dict(self.clusters),
        }

    @classmethod
    def parse(cls, record: object) -> Facts:
        """Read the facts of an app from JSON data.

        Raises:
            ValueError: A field is missing or of the wrong type.
        """
        return _facts().validate_python(record)


@dataclass(frozen=True, slots=True)
class AppRecord:
    """The record of an app in the facts file of a cell.

    `source` is the digest of everything that the app's overlays depend on, apart from the facts of the apps that it
    calls; `deps` is the digest of those. `cells` are all cells of the app. `files` are the digests of its config files
    by path. `objects` are the identities of its objects in the cell.
    """

    __pydantic_config__ = _TUPLES

    source: StrictStr
    deps: StrictStr
    cells: tuple[StrictStr, ...]
    files: Mapping[StrictStr, StrictStr]
    facts: Facts
    objects: tuple[StrictStr, ...] = ()
    _record: Any = field(default=None, init=False, repr=False, compare=False)  # JSON data; a cheap type for pydantic

    def to_record(self) -> dict[str, Json]:
        """Return the record as JSON data. The result is kept and must not be changed."""
        if self._record is None:
            object.__setattr__(self, "_record", self._json())
        record: dict[str, Json] = self._record
        return record

    def _json(self) -> dict[str, Json]:
        return {
            "source": self.source,
            "deps": self.deps,
            "cells": list(self.cells),
            "files": dict(self.files),
            "facts": self.facts.to_record(),
            "objects": list(self.objects),
        }

    @staticmethod
    def parse_all(apps: object) -> dict[str, AppRecord]:
        """Read the records of the apps of a cell from JSON data, by `team/app`. The data must not be changed later.

        Raises:
            ValueError: A field of a record is missing or of the wrong type.
        """
        records = _records().validate_python(apps)
        values = apps.values() if isinstance(apps, dict) else ()  # anything else was rejected
        for record, value in zip(records.values(), values, strict=True):
            object.__setattr__(record, "_record", value)
            object.__setattr__(record.facts, "_record", value["facts"])
        return records


@functools.cache
def _facts() -> TypeAdapter[Facts]:
    return TypeAdapter(Facts)


@functools.cache
def _records() -> TypeAdapter[dict[str, AppRecord]]:
    return TypeAdapter(dict[str, AppRecord])
