"""Digests of what an app's overlays are made from: as long as they stay, the overlays do, and nothing is evaluated."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import orjson

from sixfold_compiler import __version__
from sixfold_compiler.files.confined import ConfinementError, read_confined
from sixfold_compiler.model.addresses import Cell

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sixfold_compiler.inputs.fleet import FleetInput
    from sixfold_compiler.inputs.releases import Version
    from sixfold_compiler.inputs.sources import ManifestFile
    from sixfold_compiler.ownership.addresses import Facts
    from sixfold_compiler.placement import Placement

__all__ = ["Digests", "deps_digest"]


def deps_digest(state_facts: Mapping[Cell, Facts], table: Mapping[Cell, Mapping[str, Facts]]) -> str:
    """A digest of what an app learns of those that it calls, in all of its cells."""
    digest = hashlib.sha256()
    for cell in sorted(state_facts):
        for name, where in state_facts[cell]["calls"]:
            facts = table.get(Cell(cell.environment, where or cell.data_center), {}).get(name)
            digest.update(orjson.dumps(facts, option=orjson.OPT_SORT_KEYS))
    return digest.hexdigest()


class Digests:
    """The digest of everything that an app's overlays depend on, but for the facts of those that it calls."""

    def __init__(self, fleet: FleetInput, placement: Placement) -> None:
        self._fleet, self._placement = fleet, placement
        shared = {k: v for k, v in fleet.data.items() if k not in ("teams", "deletions", "argocd", "repository")}
        base = orjson.dumps([__version__, fleet.library.digest, shared], option=orjson.OPT_SORT_KEYS)
        self._base = hashlib.sha256(base).hexdigest()
        self._teams: dict[str, str] = {}

    def source(
        self, manifest: ManifestFile, data: bytes, versions: dict[str, Version], files: Mapping[str, str]
    ) -> str:
        """The digest for a manifest with these bytes, versions and config files (`path: sha256` as last seen)."""
        current = {}
        for path in files:
            try:
                content = read_confined(manifest.path.parent / path, manifest.path.parent)
                current[path] = hashlib.sha256(content).hexdigest()
            except (ConfinementError, OSError):
                current[path] = ""
        team = manifest.key.partition("/")[0]
        parts = [
            self._base,
            self._team(team) if team else "",
            hashlib.sha256(data).hexdigest(),
            {e: v.version for e, v in versions.items()},
            current,
        ]
        return hashlib.sha256(orjson.dumps(parts, option=orjson.OPT_SORT_KEYS)).hexdigest()

    def _team(self, team: str) -> str:
        if team not in self._teams:
            rows = self._placement.by_team.get(team, [])
            hosts = [[str(cell), [[h.cluster, h.weight, h.move] for h in row]] for cell, row in rows]
            homes = self._placement.homes_by_team.get(team, [])
            part = orjson.dumps([self._fleet.data["teams"].get(team), hosts, homes], option=orjson.OPT_SORT_KEYS)
            self._teams[team] = hashlib.sha256(part).hexdigest()
        return self._teams[team]
