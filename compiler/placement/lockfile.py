"""`placements.lock.json`: strict to read, and written so that a change of a placement is a change of its line.

A team's hosts stand on one line, since their weights are read together; a home stands on one line.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from compiler.diagnostics import Diagnostic, DiagnosticError, Span, suggest
from compiler.fleet import Cell
from compiler.placement.lock import Host, Lock

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from compiler.fleet import FleetInput

__all__ = ["LOCK_FILE", "dump_lock", "load_lock", "lock_problems", "parse_lock", "read_lock"]

LOCK_FILE = "placements.lock.json"  # beside fleet.jsonnet
_TOP = {"apiVersion": "sixfold.dev/v1", "kind": "Placements"}
_MOVING = ("weight", "from", "to")
_AGAIN = "the file is made by `sixfold place`: take back the change by hand, and run it again"
_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|[{}\[\]:,]|[^\s{}\[\]:,"]+')
Keys = tuple[str, ...]


def read_lock(folder: Path, name: str = "environments") -> Lock | None:
    """The lock in the fleet's folder, by its shape alone; None where there is none.

    Raises:
        DiagnosticError: SF421 (shape), SF423 (weights), SF424 (a key twice); every problem at once.
    """
    try:
        data = (folder / LOCK_FILE).read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        problem = Diagnostic("SF421", f"cannot read {LOCK_FILE}: {error.strerror}", Span(f"{name}/{LOCK_FILE}"))
        raise DiagnosticError(problem) from None
    return parse_lock(data, f"{name}/{LOCK_FILE}")


def load_lock(fleet: FleetInput) -> Lock:
    """The lock beside the fleet, checked against it.

    Raises:
        DiagnosticError: SF420 (there is none), as `read_lock`, SF422 (it names what the fleet does not have), SF427
            (it places something on a retired cluster).
    """
    lock = read_lock(fleet.sources.folder, fleet.name)
    if lock is None:
        text = "no placements: nobody has decided which clusters host the teams"
        where, help_text = Span(f"{fleet.name}/{LOCK_FILE}"), "run `sixfold place`, and commit the file that it writes"
        raise DiagnosticError(Diagnostic("SF420", text, where, help_text))
    if problems := lock_problems(fleet, lock):
        raise DiagnosticError(problems)
    return lock


def parse_lock(data: bytes, file: str) -> Lock:
    """The lock of these bytes; `file` is its name in diagnostics.

    Raises:
        DiagnosticError: SF421, SF423, SF424; every problem at once.
    """
    try:
        text = data.decode()
        twice: list[str] = []
        value = json.loads(text, object_pairs_hook=lambda pairs: _object(pairs, twice), parse_constant=_refused)
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise DiagnosticError(Diagnostic("SF421", "the lock is not UTF-8 text", Span(file, line, 1), _AGAIN)) from None
    except json.JSONDecodeError as error:
        at = Span(file, error.lineno, error.colno)
        help_text = "after a merge conflict keep either side, and run `sixfold place`"
        raise DiagnosticError(Diagnostic("SF421", f"the lock is not JSON: {error.msg}", at, help_text)) from None
    except (RecursionError, ValueError):
        raise DiagnosticError(Diagnostic("SF421", "the lock is not a lock", Span(file, 1, 1), _AGAIN)) from None
    problems: list[tuple[str, str, Keys]] = []
    lock = _lock(value, problems)
    if not twice and not problems:
        return lock
    places = _places(text)
    found = [
        Diagnostic("SF424", f"the key {keys[-1]!r} appears twice", _span(file, text, at[1]), "keep one of them",
                   (_span(file, text, at[0], "first here"),))
        for keys, at in places.items()
        if len(at) > 1
    ]  # fmt: skip
    found += [Diagnostic(code, message, _place(file, text, places, keys), _AGAIN) for code, message, keys in problems]
    raise DiagnosticError(sorted(found, key=lambda d: d.sort_key))


def dump_lock(lock: Lock) -> bytes:
    """The lock as it is written: sorted, the same bytes for the same placements. Cells without any are left out."""
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
            cells.append(f"    {json.dumps(str(cell))}: {{\n{parts}\n    }}")
    head = "".join(f"  {json.dumps(key)}: {json.dumps(value)},\n" for key, value in _TOP.items())
    body = "{\n" + ",\n".join(cells) + "\n  }" if cells else "{}"
    return f'{{\n{head}  "placements": {body}\n}}\n'.encode()


def lock_problems(fleet: FleetInput, lock: Lock) -> list[Diagnostic]:
    """What the lock says that the fleet contradicts: SF422 and SF427, with their places in the file."""
    problems = list(_contradictions(fleet, lock))
    if not problems:
        return []
    file = f"{fleet.name}/{LOCK_FILE}"
    try:
        text = (fleet.sources.folder / LOCK_FILE).read_text("utf-8")
    except (OSError, ValueError):  # the lock is not from a file, or the file went
        text = ""
    places = _places(text)
    return [
        Diagnostic(code, message, _place(file, text, places, keys), help_text, related)
        for code, message, keys, help_text, related in problems
    ]


def _contradictions(fleet: FleetInput, lock: Lock) -> Iterator[tuple[str, str, Keys, str, tuple[Span, ...]]]:
    centers = dict(fleet.cells())
    told: set[tuple[Cell, str]] = set()
    stale = "run `sixfold place`, which brings the lock up to date with the fleet"
    for cell in sorted({*lock.hosts, *lock.homes}):
        if cell not in centers:
            close = suggest(str(cell), map(str, centers))
            yield "SF422", f"the fleet has no data center {cell}", ("placements", str(cell)), f"{stale}; {close}", ()
            continue
        clusters = centers[cell].clusters
        here = ("placements", str(cell))
        named: list[tuple[Keys, str, str]] = [
            ((*here, "teams", team, host.cluster), host.cluster, team)
            for team, row in lock.hosts.get(cell, {}).items()
            for host in row
        ]
        for section, clusters_of in (("homes", lock.homes), ("copies", lock.copies)):
            for key, cluster in clusters_of.get(cell, {}).items():
                if cluster:  # without one, the app is stopped while it moves
                    named.append(((*here, section, key), cluster, key.partition("/")[0]))
        for path, cluster, team in named:
            if team not in fleet.fleet.teams:
                yield "SF422", f"the fleet has no team {team!r}", path[:4], stale, ()
            elif cluster not in clusters:
                yield "SF422", f"the fleet has no cluster {cluster!r} in {cell}", path, stale, ()
            elif clusters[cluster].state == "retired" and (cell, cluster) not in told:
                told.add((cell, cluster))
                center = ("environments", cell.environment, "dataCenters", cell.data_center)
                text = f"the cluster {cell}/{cluster} is retired, and the lock still places {team} there"
                help_text = "set its state to draining, and move what is there first"
                yield "SF427", text, path, help_text, (fleet.span((*center, "clusters", cluster, "state")),)


def _object(pairs: list[tuple[str, Any]], twice: list[str]) -> dict[str, Any]:
    value = dict(pairs)
    if len(value) != len(pairs):
        twice.append("")
    return value


def _refused(text: str) -> None:
    raise ValueError(text)


def _lock(value: Any, problems: list[tuple[str, str, Keys]]) -> Lock:
    hosts: dict[Cell, dict[str, tuple[Host, ...]]] = {}
    homes: dict[Cell, dict[str, str]] = {}
    copies: dict[Cell, dict[str, str]] = {}
    if not isinstance(value, dict) or any(value.get(key) != wanted for key, wanted in _TOP.items()):
        problems.append(("SF421", "the lock must have apiVersion sixfold.dev/v1 and kind Placements", ()))
        return Lock()
    for name, cell_value in _map(value, "placements", (), problems).items():
        environment, slash, data_center = name.partition("/")
        path = ("placements", name)
        if not environment or not slash or not data_center or "/" in data_center:
            problems.append(("SF421", f"{name!r} is not ENVIRONMENT/DATA-CENTER", path))
            continue
        if not isinstance(cell_value, dict):
            problems.append(("SF421", f"{name} must be an object with teams and homes", path))
            continue
        cell = Cell(environment, data_center)
        teams = _map(cell_value, "teams", path, problems)
        hosts[cell] = {team: row for team in teams if (row := _row(teams[team], (*path, "teams", team), problems))}
        homes[cell] = {}
        for section, into in (("homes", homes[cell]), ("copies", copies.setdefault(cell, {}))):
            found = _map(cell_value, section, path, problems) if section in cell_value or section == "homes" else {}
            for key, cluster in found.items():
                if isinstance(cluster, str) and key.count("/") == 1:
                    into[key] = cluster
                else:
                    problems.append(("SF421", f"{key!r} must be TEAM/APP with a cluster's name", (*path, section, key)))
        for other in sorted(cell_value.keys() - {"teams", "homes", "copies"}):
            problems.append(("SF421", f"unknown field {other!r}", (*path, other)))
    for other in sorted(value.keys() - {*_TOP, "placements"}):
        problems.append(("SF421", f"unknown field {other!r}", (other,)))
    return Lock(hosts, homes, {cell: found for cell, found in copies.items() if found})


def _row(value: Any, path: Keys, problems: list[tuple[str, str, Keys]]) -> tuple[Host, ...]:
    hosts = [_host(cluster, weight) for cluster, weight in sorted(value.items())] if isinstance(value, dict) else []
    row = [host for host in hosts if host is not None]
    if not row or len(row) < len(hosts):
        problems.append(("SF421", f"{path[-1]} must have clusters with weights from 0 to 100", path))
        return ()
    if any(h.move for h in row) and not all(h.move for h in row):
        problems.append(("SF421", f"{path[-1]} moves, so each of its clusters needs weight, from and to", path))
        return ()
    sums = {sum(h.weight for h in row), *(sum(h.move[i] for h in row if h.move) for i in (0, 1) if row[0].move)}
    if wrong := sorted(sums - {100}):
        problems.append(("SF423", f"the weights of {path[-1]} in {path[1]} add up to {wrong[0]}, not to 100", path))
        return ()
    return tuple(row)


def _host(cluster: str, value: Any) -> Host | None:
    parts = [value]
    if isinstance(value, dict):
        parts = [value.get(key) for key in _MOVING] if len(value) == len(_MOVING) else []
    if not parts or any(type(w) is not int or not 0 <= w <= 100 for w in parts):
        return None
    return Host(cluster, parts[0], (parts[1], parts[2]) if isinstance(value, dict) else None)


def _map(value: dict[str, Any], key: str, path: Keys, problems: list[tuple[str, str, Keys]]) -> dict[str, Any]:
    found = value.get(key)
    if isinstance(found, dict):
        return found
    problems.append(("SF421", f"{key} must be an object", (*path, key)))
    return {}


def _weight(host: Host) -> str:
    if host.move is None:
        return str(host.weight)
    return f'{{"weight": {host.weight}, "from": {host.move[0]}, "to": {host.move[1]}}}'


def _lines(items: list[str]) -> str:
    return "{\n        " + ",\n        ".join(items) + "\n      }" if items else "{}"


def _places(text: str) -> dict[Keys, list[int]]:
    """Where every key of a JSON text stands, by its path; a path that is there twice has two places."""
    found: dict[Keys, list[int]] = {}
    stack: list[str | None] = []
    word: tuple[str, int] | None = None
    key = None
    for match in _TOKEN.finditer(text):
        part = match[0]
        if part == ":" and word is not None:
            key = word[0]
            found.setdefault((*(k for k in stack if k is not None), key), []).append(word[1])
        elif part in "{[":
            stack.append(key)
            key = None
        elif part in "}]" and stack:
            stack.pop()
        word = (json.loads(part), match.start()) if part[0] == '"' and _valid(part) else None
    return found


def _valid(part: str) -> bool:
    try:
        json.loads(part)
    except ValueError:
        return False
    return True


def _place(file: str, text: str, places: dict[Keys, list[int]], keys: Keys) -> Span:
    """The place of a key, or of the nearest one around it."""
    for length in range(len(keys), 0, -1):
        if keys[:length] in places:
            return _span(file, text, places[keys[:length]][0])
    return Span(file, 1, 1) if text else Span(file)


def _span(file: str, text: str, offset: int, label: str = "") -> Span:
    line_start = text.rfind("\n", 0, offset) + 1
    return Span(file, text.count("\n", 0, offset) + 1, offset - line_start + 1, label)
