"""The text of `placements.lock.json`: a strict parser, and a writer with one line for each placement.

A team's hosts are on one line, because people read their weights together; each home has its own line.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from sixfold_compiler.model.addresses import Cell
from sixfold_compiler.placement.lock import Host, Lock
from sixfold_compiler.yaml.json_file import Form, read_json

if TYPE_CHECKING:
    from sixfold_compiler.diagnostics import Json, JsonObject
    from sixfold_compiler.yaml.json_file import Problem
    from sixfold_compiler.yaml.json_places import Keys

__all__ = ["dump_lock", "parse_lock"]

_TOP = {"apiVersion": "sixfold.dev/v1", "kind": "Placements"}
_MOVING = ("weight", "from", "to")
_FORM = Form(
    "the lock",
    "a list of placements",
    "SF421",
    "SF424",
    "undo the change of this file, and run `sixfold place`, which writes it",
    "after a merge conflict, keep one of the two versions, and run `sixfold place`",
)


def parse_lock(data: bytes, file: str) -> Lock:
    """Parse the bytes of a lock; `file` is its name in diagnostics.

    Raises:
        DiagnosticError: SF421 (structure), SF423 (weights), SF424 (a repeated key). All problems are raised together.
    """
    return read_json(data, file, _FORM, _lock)


def dump_lock(lock: Lock) -> bytes:
    """Return a lock as bytes: sorted, without empty cells, and identical for equal placements."""
    cells = []
    for cell in sorted({*lock.hosts, *lock.homes}):
        rows = [
            f"{json.dumps(team)}: {{{', '.join(f'{json.dumps(h.cluster)}: {_weight(h)}' for h in sorted(row))}}}"
            for team, row in sorted(lock.hosts.get(cell, {}).items())
        ]
        homes = [f"{json.dumps(key)}: {json.dumps(c)}" for key, c in sorted(lock.homes.get(cell, {}).items())]
        copies = [f"{json.dumps(key)}: {json.dumps(c)}" for key, c in sorted(lock.copies.get(cell, {}).items())]
        if rows or homes:
            parts = f'      "teams": {_lines(rows)},\n      "homes": {_lines(homes)}'
            if copies:
                parts += f',\n      "copies": {_lines(copies)}'
            if keys := lock.unplaced.get(cell):
                unplaced = ",\n        ".join(map(json.dumps, sorted(keys)))
                parts += f',\n      "unplaced": [\n        {unplaced}\n      ]'
            cells.append(f"    {json.dumps(str(cell))}: {{\n{parts}\n    }}")
    head = "".join(f"  {json.dumps(key)}: {json.dumps(value)},\n" for key, value in _TOP.items())
    body = "{\n" + ",\n".join(cells) + "\n  }" if cells else "{}"
    return f'{{\n{head}  "placements": {body}\n}}\n'.encode()


def _lock(value: Json, problems: list[Problem]) -> Lock:
    hosts: dict[Cell, dict[str, tuple[Host, ...]]] = {}
    homes: dict[Cell, dict[str, str]] = {}
    copies: dict[Cell, dict[str, str]] = {}
    unplaced: dict[Cell, tuple[str, ...]] = {}
    if not isinstance(value, dict) or any(value.get(key) != wanted for key, wanted in _TOP.items()):
        problems.append(("SF421", "the lock does not have apiVersion sixfold.dev/v1 and kind Placements", ()))
        return Lock()
    for name, cell_value in _map(value, "placements", (), problems).items():
        environment, slash, data_center = name.partition("/")
        path = ("placements", name)
        if not environment or not slash or not data_center or "/" in data_center:
            problems.append(("SF421", f"{name!r} is not a data center in the form environment/dataCenter", path))
            continue
        if not isinstance(cell_value, dict):
            problems.append(("SF421", f"{name} is not an object with teams and homes", path))
            continue
        cell = Cell(environment, data_center)
        teams = _map(cell_value, "teams", path, problems)
        hosts[cell] = {team: row for team in teams if (row := _row(teams[team], (*path, "teams", team), problems))}
        homes[cell] = {}
        for section, into in (("homes", homes[cell]), ("copies", copies.setdefault(cell, {}))):
            present = section in cell_value or section == "homes"
            clusters = _map(cell_value, section, path, problems) if present else {}
            for key, cluster in clusters.items():
                if isinstance(cluster, str) and key.count("/") == 1:
                    into[key] = cluster
                else:
                    problems.append(
                        (
                            "SF421",
                            f"{key!r} is not an app in the form team/app with the name of a cluster",
                            (*path, section, key),
                        )
                    )
        if keys := _unplaced(cell_value.get("unplaced", []), path, problems):
            unplaced[cell] = keys
        for other in sorted(cell_value.keys() - {"teams", "homes", "copies", "unplaced"}):
            problems.append(("SF421", f"{other!r} is an unknown field", (*path, other)))
    for other in sorted(value.keys() - {*_TOP, "placements"}):
        problems.append(("SF421", f"{other!r} is an unknown field", (other,)))
    return Lock(hosts, homes, {cell: apps for cell, apps in copies.items() if apps}, unplaced)


def _unplaced(value: Json, path: Keys, problems: list[Problem]) -> tuple[str, ...]:
    keys = value if isinstance(value, list) else [None]
    apps = [key for key in keys if isinstance(key, str) and key.count("/") == 1]
    if len(apps) < len(keys) or len(set(apps)) < len(keys):
        problems.append(
            ("SF421", "unplaced is not a list of apps in the form team/app, each named once", (*path, "unplaced"))
        )
        return ()
    return tuple(sorted(apps))


def _row(value: Json, path: Keys, problems: list[Problem]) -> tuple[Host, ...]:
    hosts = [_host(cluster, weight) for cluster, weight in sorted(value.items())] if isinstance(value, dict) else []
    row = [host for host in hosts if host is not None]
    if not row or len(row) < len(hosts):
        problems.append(("SF421", f"team {path[-1]} does not have clusters with weights from 0 to 100", path))
        return ()
    if any(h.move for h in row) and not all(h.move for h in row):
        problems.append(
            ("SF421", f"team {path[-1]} is moving, but not every one of its clusters has weight, from and to", path)
        )
        return ()
    sums = {sum(h.weight for h in row), *(sum(h.move[i] for h in row if h.move) for i in (0, 1) if row[0].move)}
    if wrong := sorted(sums - {100}):
        problems.append(
            ("SF423", f"the weights of team {path[-1]} in {path[1]} add up to {wrong[0]} instead of 100", path)
        )
        return ()
    return tuple(row)


def _host(cluster: str, value: Json) -> Host | None:
    """Return the host for a weight, or for an object with the weights of a move; None if the value is neither."""
    if not isinstance(value, dict):
        weight = _percent(value)
        return None if weight is None else Host(cluster, weight)
    weights = [weight for key in _MOVING if (weight := _percent(value.get(key))) is not None]
    if len(value) != len(_MOVING) or len(weights) != len(_MOVING):
        return None
    return Host(cluster, weights[0], (weights[1], weights[2]))


def _percent(value: Json) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= 100 else None


def _map(value: JsonObject, key: str, path: Keys, problems: list[Problem]) -> JsonObject:
    section = value.get(key)
    if isinstance(section, dict):
        return section
    problems.append(("SF421", f"{key} is not an object", (*path, key)))
    return {}


def _weight(host: Host) -> str:
    if host.move is None:
        return str(host.weight)
    return f'{{"weight": {host.weight}, "from": {host.move[0]}, "to": {host.move[1]}}}'


def _lines(items: list[str]) -> str:
    return "{\n        " + ",\n        ".join(items) + "\n      }" if items else "{}"
