"""The loaded fleet: its validated model, its data, and the source positions of its values."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

import orjson

from sixfold_compiler.diagnostics import path_text, value_at
from sixfold_compiler.engine.positions import Places
from sixfold_compiler.inputs.tombstones import TombstoneFile
from sixfold_compiler.model.addresses import Cell, Target
from sixfold_compiler.systems import Systems

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from sixfold_compiler.diagnostics import Json, JsonObject, Span, ValuePath
    from sixfold_compiler.engine import Library
    from sixfold_compiler.model.fleet import Cluster, DataCenter, Fleet, Team

__all__ = ["FleetInput"]


@dataclass(frozen=True)
class FleetSources:
    """The Jsonnet files of a fleet. `name` is the name of its folder in diagnostics."""

    folder: Path
    name: str

    @cached_property
    def places(self) -> Places:
        """The index of the keys in all files. The files are read at the first use."""
        sources = {}
        for path in sorted(self.folder.rglob("*.*sonnet")):
            if path.is_file() and not path.is_symlink() and (self.folder / "lib") not in path.parents:
                sources[f"{self.name}/{path.relative_to(self.folder).as_posix()}"] = path.read_text("utf-8", "replace")
        return Places(sources)

    def span(self, path: ValuePath = ()) -> Span:
        """Return the source position of the fleet's value at `path`, or of its nearest literally written key."""
        return self.places.find(path, f"{self.name}/fleet.jsonnet")


@dataclass(frozen=True)
class FleetInput:
    """A valid fleet: its model, the library to compile with, its files, its systems, and its tombstones.

    `data` is the model as JSON data, including defaults; digests and the library use it.
    """

    model: Fleet
    library: Library
    sources: FleetSources
    data: dict[str, Json]
    systems: Systems = field(default_factory=Systems)
    tombstones: TombstoneFile = field(default_factory=TombstoneFile)

    @property
    def name(self) -> str:
        """The name of the fleet's folder."""
        return self.sources.name

    def span(self, path: ValuePath = ()) -> Span:
        """Return the source position of the fleet's value at `path`, or of its nearest literally written key."""
        return self.sources.span(path)

    def record_at(self, path: ValuePath) -> JsonObject:
        """Return the data of the record at a path, which costs nothing, whereas `dump` builds a serializer.

        Raises:
            KeyError: The fleet has no record there.
        """
        value = value_at(self.data, path)
        if not isinstance(value, dict):
            raise KeyError(path_text(path))
        return value

    def cells(self) -> Iterator[tuple[Cell, DataCenter]]:
        """Yield each cell with its data center, sorted by cell."""
        for environment, value in sorted(self.model.environments.items()):
            for name, data_center in sorted(value.data_centers.items()):
                yield Cell(environment, name), data_center

    def targets(self) -> Iterator[tuple[Target, Cluster]]:
        """Yield each cluster with its key, sorted by key."""
        for cell, data_center in self.cells():
            for name, cluster in sorted(data_center.clusters.items()):
                yield Target(cell.environment, cell.data_center, name), cluster

    def namespaces(self, team: str) -> frozenset[str]:
        """Return the namespaces of a team in all environments."""
        return frozenset(self.namespace(team, environment) for environment in self.model.environments)

    def namespace(self, team: str, environment: str) -> str:
        """Return the namespace of a team in an environment, by the naming scheme of the fleet."""
        return self.model.namespaces.replace("{team}", team).replace("{environment}", environment)

    def team_cells(self, team: Team) -> frozenset[Cell]:
        """Return the cells where a team may run."""
        if team.data_centers is None:
            return frozenset(cell for cell, _ in self.cells())
        return frozenset(Cell(e, d) for e, names in team.data_centers.items() for d in names)

    def takes_nobody(self, cell: Cell) -> bool:
        """Return whether all clusters of a cell are draining or retired, so that no team needs a host there."""
        clusters = self.model.data_center(cell).clusters
        return all(cluster.state in ("draining", "retired") for cluster in clusters.values())

    @cached_property
    def settings(self) -> dict[str, Json]:
        """The settings of the fleet that the library reads: `name`, `platform`, `tiers` and `domains`.

        `platform` has no systems: those of a data center are in `systems`.
        """
        slots = self.systems.catalog.slots
        platform = {name: value for name, value in self.record_at(("platform",)).items() if name not in slots}
        return {key: self.data[key] for key in ("name", "tiers", "domains")} | {"platform": platform}

    @cached_property
    def digest(self) -> str:
        """The SHA-256 digest of the fleet's data and of its library, in hexadecimal."""
        data = orjson.dumps(self.data, option=orjson.OPT_SORT_KEYS)
        return hashlib.sha256(data + self.library.digest.encode()).hexdigest()
