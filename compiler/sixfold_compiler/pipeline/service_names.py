"""Service names in a compile: the names lock, the names that are given up or taken, and the apps that may not have one.

`names.lock.json` beside the fleet lists the owner of each name. A compile adds the names of its apps, and releases a
name when its app is gone and a tombstone covers the app.
"""

from __future__ import annotations

import contextlib
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from sixfold_compiler.diagnostics import Diagnostic, DiagnosticError, Span, nearest
from sixfold_compiler.files.confined import ConfinementError, read_confined, unreadable
from sixfold_compiler.guard import releases
from sixfold_compiler.model.addresses import AppKey, Cell
from sixfold_compiler.model.names import NAMES_FILE
from sixfold_compiler.ownership.names import Names
from sixfold_compiler.ownership.names_text import conflicts, dump_names, parse_names
from sixfold_compiler.pipeline.app_state import FailedApp, PreparedApp
from sixfold_compiler.tree.reader import read_previous
from sixfold_compiler.yaml.json_places import place_of, places_of

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping
    from pathlib import Path

    from sixfold_compiler.inputs.day import Day
    from sixfold_compiler.inputs.fleet import FleetInput
    from sixfold_compiler.pipeline.app_state import Apps, AppState
    from sixfold_compiler.tree.reader import Previous

__all__ = [
    "NamesFile",
    "changed_file",
    "missing_lock",
    "names_after",
    "names_of_others",
    "names_of_tree",
    "read_names",
    "without_given_up",
]


@dataclass(frozen=True, slots=True)
class NamesFile:
    """The names lock as it is on disk: its name in diagnostics, its bytes, and its names; no bytes without a file."""

    shown: str = NAMES_FILE
    data: bytes | None = None
    names: Names = field(default_factory=Names)

    def span(self, environment: str, name: str) -> Span:
        """Return the source position of a name, or of the environment or file that should have it."""
        text = (self.data or b"").decode("utf-8", "replace")
        return place_of(self.shown, text, places_of(text), ("names", environment, name))


def read_names(fleet: FleetInput, out: Path) -> NamesFile:
    """Read the names lock beside the fleet, and check it against the fleet.

    Raises:
        DiagnosticError: SF415 (the file cannot be read, or is not a list of names), SF416 (it has merge conflicts;
            the tree `out` shows which side to take), SF417 (an environment that is not in the fleet).
    """
    folder, shown = fleet.sources.folder, f"{fleet.name}/{NAMES_FILE}"
    try:
        data = read_confined(folder / NAMES_FILE, folder)
    except FileNotFoundError:
        return NamesFile(shown)
    except (ConfinementError, OSError) as error:
        text = f"cannot read the names lock: {unreadable(error)}"
        raise DiagnosticError(Diagnostic("SF415", text, Span(shown), "make it a readable file")) from None
    if b"<<<<<<<" in data:
        tree = names_of_tree(read_previous(out))
        owners = {(environment, name): row.team for environment, name, row in tree.items()}
        if problems := conflicts(data, shown, owners):
            raise DiagnosticError(problems)
    file = NamesFile(shown, data, parse_names(data, shown))
    if unknown := sorted(file.names.rows.keys() - fleet.model.environments.keys()):
        raise DiagnosticError([_unknown(file, environment, fleet) for environment in unknown])
    return file


def _unknown(file: NamesFile, environment: str, fleet: FleetInput) -> Diagnostic:
    close = nearest(environment, fleet.model.environments)
    hint = f"did you mean {close!r}?" if close else "delete its lines, if the environment was retired"
    text = f"the names lock has the environment {environment!r}, which is not in the fleet"
    return Diagnostic("SF417", text, file.span(environment, ""), hint)


def names_of_tree(previous: Previous) -> Names:
    """Return the owners of the names of all apps in a tree.

    If two teams have the same name in different data centers, the team with more of them owns it, or the first by name.
    """
    cells: Counter[tuple[str, str, str]] = Counter()
    for text, facts in previous.facts.items():
        for app in facts.apps:
            with contextlib.suppress(ValueError):  # only a damaged tree has other texts
                key = AppKey.parse(app)
                cells[Cell.parse(text).environment, key.name, key.team] += 1
    names = Names()
    for number in sorted(set(cells.values()), reverse=True):
        names = names.taken(claim for claim, count in cells.items() if count == number)
    return names


def without_given_up(names: Names, states: Mapping[AppKey, AppState], fleet: FleetInput, day: Day | None) -> Names:
    """Return the names without an owner for those whose app is gone with the approval of a tombstone.

    Args:
        names: The names before this compile.
        states: All apps, before they are placed. An app that fails still has its name in every environment.
        fleet: The fleet with its tombstones.
        day: The day on which tombstones must be valid; None if deletions are not judged, and another app may
            take a name.
    """
    gone = [
        (environment, name, row.team)
        for environment, name, row in names.items()
        if row.team and not _claims(states.get(AppKey(row.team, name)), environment)
    ]
    if day is None:
        wanted = {(key.name, key.team) for key in states}
        others = {name: {team for other, team in wanted if other == name} for _, name, _ in gone}
        return names.without((environment, name) for environment, name, team in gone if others[name] - {team})
    if not gone or not fleet.tombstones.entries:
        return names
    valid = [tombstone for tombstone in fleet.tombstones.entries if tombstone.covers_on(day.value)]
    return names.released(
        (environment, name)
        for environment, name, team in gone
        if any(releases(tombstone, environment, team, name) for tombstone in valid)
    )


def _claims(state: AppState | None, environment: str) -> bool:
    """Return whether an app has, or may have, its name in an environment."""
    if state is None or isinstance(state, FailedApp):
        return state is not None
    cells: Collection[Cell] = state.facts.keys()
    if isinstance(state, PreparedApp):
        cells = state.prepared.cells.keys() | state.kept
    return any(cell.environment == environment for cell in cells)


def names_of_others(
    names: Names, states: Mapping[AppKey, AppState], fleet: FleetInput
) -> dict[AppKey, tuple[Diagnostic, ...]]:
    """Return an SF407 for each app with the service name of another team, in any data center of the environment."""
    return {
        key: (_of_other(key, state, owner, environment, fleet),)
        for key, state in states.items()
        for environment, owner in _owners(names, state)
    }


def _owners(names: Names, state: AppState) -> Iterator[tuple[str, str]]:
    """Yield the first environment in which another team owns the name of an app, with this team."""
    key = state.key
    environments = {cell.environment for cell in state.facts}
    owners = ((environment, names.row(environment, key.name).team) for environment in sorted(environments))
    yield from [(environment, owner) for environment, owner in owners if owner not in ("", key.team)][:1]


def _of_other(key: AppKey, state: AppState, owner: str, environment: str, fleet: FleetInput) -> Diagnostic:
    span = state.prepared.span if isinstance(state, PreparedApp) else None
    if span is None and state.manifest is not None:
        span = Span(state.manifest.name, 1, 1)
    text = f"the service name {key.name!r} belongs to team {owner} in {environment}"
    hint = f"rename the app: a name is free when a tombstone has released it (`sixfold retire app {owner}/{key.name}`)"
    if owner not in fleet.model.teams:
        close = nearest(owner, fleet.model.teams)
        known = f"did you mean {close!r}?" if close else "it may be retired"
        hint = f"{fleet.name}/{NAMES_FILE} names a team that is not in the fleet: {known} Otherwise {hint}"
    return Diagnostic("SF407", text, span, hint, app=str(key))


def names_after(names: Names, apps: Apps, fleet: FleetInput) -> Names:
    """Return the names after a compile: those before it, and those of all apps in the fleet's environments."""
    claims = {(cell.environment, key.name, key.team) for key, state in apps.states.items() for cell in state.facts}
    return names.taken(claims).within(fleet.model.environments)


def changed_file(file: NamesFile, names: Names) -> bytes | None:
    """Return the new bytes of the names lock; None if the file has them already, or there is nothing to list."""
    data = dump_names(names)
    return None if data == file.data or (file.data is None and not names.rows) else data


def missing_lock(file: NamesFile, previous: Previous) -> Iterator[Diagnostic]:
    """Warn that the names lock is made from the tree (SF418)."""
    if file.data is None and any(facts.apps for facts in previous.facts.values()):
        text = f"{file.shown} is missing, so the owners of names are those of the apps in the tree"
        hint = "`sixfold compile` writes it: review it, and commit it with the tree"
        yield Diagnostic("SF418", text, Span(file.shown), hint, severity="warning")
