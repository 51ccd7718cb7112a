"""Loading and checking the fleet: from `fleet.jsonnet` to a validated `Fleet`."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

import orjson

from sixfold_compiler.engine.positions import Places
from sixfold_compiler.inputs.tombstones import TombstoneFile
from sixfold_compiler.model.addresses import Cell, Target

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from sixfold_compiler.diagnostics import Span, ValuePath
    from sixfold_compiler.engine import Library
    from sixfold_compiler.model.fleet import Cluster, DataCenter, Fleet, Team

__all__ = ["FleetInput"]


@dataclass(frozen=True)
class FleetSources:
    """The Jsonnet files of a fleet; `name` is what its folder is called in diagnostics."""

    folder: Path
    name: str

    @cached_property
    def places(self) -> Places:
        """The sources' keys, read when the first place is asked for."""
        sources = {}
        for path in sorted(self.folder.rglob("*.*sonnet")):
            if path.is_file() and not path.is_symlink() and (self.folder / "lib") not in path.parents:
                sources[f"{self.name}/{path.relative_to(self.folder).as_posix()}"] = path.read_text("utf-8", "replace")
        return Places(sources)

    def span(self, path: ValuePath = ()) -> Span:
        """Where the value at `path` of the fleet was written, as well as it can be told."""
        return self.places.find(path, f"{self.name}/fleet.jsonnet")


@dataclass(frozen=True)
class FleetInput:
    """A valid fleet, and where it came from. `data` is the fleet as plain data, with the model's defaults filled in."""

    model: Fleet
    library: Library
    sources: FleetSources
    data: dict[str, Any] = field(repr=False)
    tombstones: TombstoneFile = field(default_factory=TombstoneFile)

    @property
    def name(self) -> str:
        """What the fleet's folder is called."""
        return self.sources.name

    def span(self, path: ValuePath = ()) -> Span:
        """Where the value at `path` of the fleet was written, as well as it can be told."""
        return self.sources.span(path)

    def cells(self) -> Iterator[tuple[Cell, DataCenter]]:
        """Every environment and data center, sorted."""
        for environment, value in sorted(self.model.environments.items()):
            for name, data_center in sorted(value.data_centers.items()):
                yield Cell(environment, name), data_center

    def targets(self) -> Iterator[tuple[Target, Cluster]]:
        """Every cluster, sorted."""
        for cell, data_center in self.cells():
            for name, cluster in sorted(data_center.clusters.items()):
                yield Target(cell.environment, cell.data_center, name), cluster

    def namespace(self, team: str, environment: str) -> str:
        """The team's namespace in an environment, by the fleet's scheme."""
        return self.model.namespaces.replace("{team}", team).replace("{environment}", environment)

    def team_cells(self, team: Team) -> frozenset[Cell]:
        """The cells where the team may run."""
        if team.data_centers is None:
            return frozenset(cell for cell, _ in self.cells())
        return frozenset(Cell(e, d) for e, names in team.data_centers.items() for d in names)

    def takes_nobody(self, cell: Cell) -> bool:
        """Whether every cluster of a data center is draining or retired: then a team may be missing there."""
        clusters = self.model.environments[cell.environment].data_centers[cell.data_center].clusters
        return all(cluster.state in ("draining", "retired") for cluster in clusters.values())

    @cached_property
    def settings(self) -> dict[str, Any]:
        """What the library may know of the fleet: `name`, `platform`, `tiers`, `domains`."""
        return {key: self.data[key] for key in ("name", "platform", "tiers", "domains")}

    @cached_property
    def digest(self) -> str:
        """A digest of the fleet's data and of the library that it is compiled with."""
        data = orjson.dumps(self.data, option=orjson.OPT_SORT_KEYS)
        return hashlib.sha256(data + self.library.digest.encode()).hexdigest()


def _partial(kind: str, _path: ValuePath) -> bool:
    # Defaults are a part of a spec: what they leave out is judged after merging.
    return kind in ("missing", "value_error")
