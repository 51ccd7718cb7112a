"""Read `placements.lock.json` beside the fleet, and check it against the fleet."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sixfold_compiler.diagnostics import Diagnostic, DiagnosticError, Span, suggest
from sixfold_compiler.files.confined import ConfinementError, read_confined, unreadable
from sixfold_compiler.placement.locktext import parse_lock
from sixfold_compiler.yaml.json_places import place_of, places_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from sixfold_compiler.inputs.fleet import FleetInput
    from sixfold_compiler.model.addresses import Cell
    from sixfold_compiler.placement.lock import Lock
    from sixfold_compiler.yaml.json_places import Keys

__all__ = ["LOCK_FILE", "load_lock", "lock_problems", "read_lock"]

LOCK_FILE = "placements.lock.json"  # beside fleet.jsonnet
MAX_LOCK = 256 * 1024 * 1024  # bytes: a million namespaces have fewer


def read_lock(folder: Path, name: str = "environments") -> Lock | None:
    """Read the lock in the fleet's folder and check its structure; return None if there is no file.

    Raises:
        DiagnosticError: SF421 (structure), SF423 (weights), SF424 (a repeated key). All problems are raised together.
    """
    try:
        data = read_confined(folder / LOCK_FILE, folder, MAX_LOCK)
    except FileNotFoundError:
        return None
    except (ConfinementError, OSError) as error:
        text, span = f"cannot read {LOCK_FILE}: {unreadable(error)}", Span(f"{name}/{LOCK_FILE}")
        problem = Diagnostic("SF421", text, span, "make it a readable file")
        raise DiagnosticError(problem) from None
    return parse_lock(data, f"{name}/{LOCK_FILE}")


def load_lock(fleet: FleetInput) -> Lock:
    """Read the lock beside the fleet and check it against the fleet.

    Raises:
        DiagnosticError: SF420 (no lock), the errors of `read_lock`, SF422 (an unknown team, cluster or data center),
            SF427 (a team on a retired cluster).
    """
    lock = read_lock(fleet.sources.folder, fleet.name)
    if lock is None:
        text = f"the fleet has no {LOCK_FILE}, so no cluster hosts any team"
        where, help_text = Span(f"{fleet.name}/{LOCK_FILE}"), "run `sixfold place`, and commit the file"
        raise DiagnosticError(Diagnostic("SF420", text, where, help_text))
    if problems := lock_problems(fleet, lock):
        raise DiagnosticError(problems)
    return lock


def lock_problems(fleet: FleetInput, lock: Lock) -> list[Diagnostic]:
    """Return an SF422 or SF427 for each entry that contradicts the fleet, with its position in the file."""
    problems = list(_contradictions(fleet, lock))
    if not problems:
        return []
    file = f"{fleet.name}/{LOCK_FILE}"
    try:
        text = (fleet.sources.folder / LOCK_FILE).read_text("utf-8")
    except (OSError, ValueError):  # the lock is not from a file, or the file has been deleted
        text = ""
    places = places_of(text)
    return [
        Diagnostic(code, message, place_of(file, text, places, keys), help_text, related)
        for code, message, keys, help_text, related in problems
    ]


def _contradictions(fleet: FleetInput, lock: Lock) -> Iterator[tuple[str, str, Keys, str, tuple[Span, ...]]]:
    centers = dict(fleet.cells())
    reported: set[tuple[Cell, str]] = set()
    unknown: set[str] = set()
    stale = "run `sixfold place`, which updates the lock"
    for cell in sorted({*lock.hosts, *lock.homes}):
        if cell not in centers:
            close = suggest(str(cell), map(str, centers))
            yield (
                "SF422",
                f"the lock has the data center {cell}, which is not in the fleet",
                ("placements", str(cell)),
                f"{stale}; {close}",
                (),
            )
            continue
        clusters = centers[cell].clusters
        prefix = ("placements", str(cell))
        named: list[tuple[Keys, str, str]] = [
            ((*prefix, "teams", team, host.cluster), host.cluster, team)
            for team, row in lock.hosts.get(cell, {}).items()
            for host in row
        ]
        for section, clusters_of in (("homes", lock.homes), ("copies", lock.copies)):
            for key, cluster in clusters_of.get(cell, {}).items():
                if cluster:  # without one, the app is stopped while it moves
                    named.append(((*prefix, section, key), cluster, key.partition("/")[0]))
        for path, cluster, team in named:
            if team not in fleet.model.teams:
                if team not in unknown:
                    close = suggest(team, fleet.model.teams)
                    text = f"the lock places the team {team!r}, which is not in the fleet"
                    yield "SF422", text, path[:4], f"{stale}; {close}", ()
                unknown.add(team)
            elif cluster not in clusters:
                yield (
                    "SF422",
                    f"the lock places {team} on the cluster {cluster!r}, which is not in {cell} of the fleet",
                    path,
                    stale,
                    (),
                )
            elif clusters[cluster].state == "retired" and (cell, cluster) not in reported:
                reported.add((cell, cluster))
                text = f"cluster {cell}/{cluster} is retired, but the lock still places {team} there"
                help_text = "set its state to draining, and move its teams first"
                yield "SF427", text, path, help_text, (fleet.span((*cell.value_path, "clusters", cluster, "state")),)
