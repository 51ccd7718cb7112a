"""Digests of the inputs of overlays. If the digests of an app are unchanged, its overlays are not evaluated again."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import orjson

from sixfold_compiler.diagnostics import path_text
from sixfold_compiler.files.confined import ConfinementError, read_confined
from sixfold_compiler.inputs.build import build_identity
from sixfold_compiler.model.addresses import Cell

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from sixfold_compiler.diagnostics import JsonObject, ValuePath
    from sixfold_compiler.inputs.fleet import FleetInput
    from sixfold_compiler.inputs.releases import Version
    from sixfold_compiler.manifest.load import ManifestText
    from sixfold_compiler.model.facts import Facts
    from sixfold_compiler.ownership.names import Names
    from sixfold_compiler.placement import Placement

__all__ = ["Digests", "deps_digest"]


def deps_digest(own: Mapping[Cell, Facts], table: Mapping[Cell, Mapping[str, Facts]], names: Names) -> str:
    """Return the digest of the facts of all apps that an app calls, in all of its cells.

    Args:
        own: The facts of the app itself, by cell.
        table: The facts of all apps, by cell and app name.
        names: The owners of service names. Those of names that never changed their owner are in the facts.
    """
    digest = hashlib.sha256()
    for cell in sorted(own):
        for name, data_center in own[cell].calls:
            facts = table.get(Cell(cell.environment, data_center) if data_center else cell, {}).get(name)
            digest.update(facts.encoded() if facts is not None else b"null")
            row = names.row(cell.environment, name)
            if row.after or (facts is not None and row.team not in ("", facts.team)):
                digest.update(orjson.dumps([row.team, row.after]))
    return digest.hexdigest()


class Digests:
    """Calculator of an app's `source` digest: all inputs of its overlays except the facts of its callees."""

    def __init__(self, fleet: FleetInput, placement: Placement) -> None:
        self._fleet, self._placement = fleet, placement
        shared = {
            k: v for k, v in fleet.data.items() if k not in ("teams", "deletions", "approvals", "argocd", "repository")
        }
        # Of the systems only what apps can see: the settings of a dashboard recompile no app.
        choices, cells = fleet.systems.in_apps
        shared |= {"platform": fleet.settings["platform"], "environments": _places(fleet)}
        shared |= {"choices": choices, "chosen": {str(cell): index for cell, index in cells.items()}}
        base = orjson.dumps([build_identity(), fleet.library.digest, shared], option=orjson.OPT_SORT_KEYS)
        self._base = hashlib.sha256(base).hexdigest()
        self._teams: dict[str, str] = {}

    def source(self, manifest: ManifestText, versions: Mapping[str, Version], files: Iterable[str]) -> str:
        """Return the digest of an app's manifest, versions, config files, team settings and shared inputs.

        Args:
            manifest: The manifest file with its bytes.
            versions: The image versions of the app by environment.
            files: The paths of the app's config files, relative to its manifest. This method reads them.
        """
        folder, current = manifest.file.path.parent, {}
        for path in files:
            try:
                content = read_confined(folder / path, folder)
                current[path] = hashlib.sha256(content).hexdigest()
            except (ConfinementError, OSError):
                current[path] = ""
        key = manifest.file.key
        parts = [
            self._base,
            self._team(key.team) if key else "",
            hashlib.sha256(manifest.data).hexdigest(),
            {e: v.version for e, v in versions.items()},
            current,
        ]
        return hashlib.sha256(orjson.dumps(parts, option=orjson.OPT_SORT_KEYS)).hexdigest()

    def _team(self, team: str) -> str:
        if team not in self._teams:
            rows = self._placement.by_team.get(team, [])
            hosts = [[str(cell), [[h.cluster, h.weight, h.move] for h in row]] for cell, row in rows]
            homes = self._placement.homes_by_team.get(team, [])
            known = team in self._fleet.model.teams
            data = self._fleet.record_at(("teams", team)) if known else None
            part = orjson.dumps([data, hosts, homes], option=orjson.OPT_SORT_KEYS)
            self._teams[team] = hashlib.sha256(part).hexdigest()
        return self._teams[team]


def _places(fleet: FleetInput) -> dict[str, JsonObject]:
    """Return the records of environments and data centers by path, each without its systems."""
    paths: list[ValuePath] = [("environments", name) for name in fleet.model.environments]
    paths += [cell.value_path for cell, _ in fleet.cells()]
    inner = ("platform", "dataCenters")
    return {path_text(path): {k: v for k, v in fleet.record_at(path).items() if k not in inner} for path in paths}
