"""The text of `names.lock.json`: a strict parser, a writer with one line for each name, and its merge conflicts."""

from __future__ import annotations

import json
import re
from collections import defaultdict
from typing import TYPE_CHECKING

from sixfold_compiler.diagnostics import Diagnostic, Span, counted, listed, printable
from sixfold_compiler.model.patterns import LABEL
from sixfold_compiler.ownership.names import Names, Ownership
from sixfold_compiler.yaml.json_file import Form, read_json

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from sixfold_compiler.diagnostics import Json
    from sixfold_compiler.yaml.json_file import Problem

__all__ = ["conflicts", "dump_names", "parse_names"]

_TOP = {"apiVersion": "sixfold.dev/v1", "kind": "Names"}
_AGAIN = "restore the file from git: `sixfold compile` and `sixfold publish` write it"
_FORM = Form(
    "the names lock",
    "a list of names",
    "SF415",
    "SF415",
    _AGAIN,
    f"each line of a name but the last ends with a comma; or {_AGAIN}",
)
_NAME = re.compile(LABEL)
_OURS, _BASE, _MIDDLE, _THEIRS = "<<<<<<<", "|||||||", "=======", ">>>>>>>"
_ENVIRONMENT = re.compile(r'\s*"([^"]+)": \{\s*')
_ROW = re.compile(r'\s*"([^"]+)": (?:"([^"]*)"|\{(?:"team": "([^"]*)")?.*\}),?\s*')
_SHOWN = 3  # names that a finding lists


def dump_names(names: Names) -> bytes:
    """Return the names as bytes: sorted, one line for each, and identical for equal names."""
    lines: dict[str, list[str]] = defaultdict(list)
    for environment, name, row in names.items():
        lines[environment].append(f"      {json.dumps(name)}: {_value(row)}")
    parts = [
        f"    {json.dumps(environment)}: {{\n" + ",\n".join(rows) + "\n    }" for environment, rows in lines.items()
    ]
    head = "".join(f"  {json.dumps(key)}: {json.dumps(value)},\n" for key, value in _TOP.items())
    body = "{\n" + ",\n".join(parts) + "\n  }" if parts else "{}"
    return f'{{\n{head}  "names": {body}\n}}\n'.encode()


def _value(row: Ownership) -> str:
    if not row.after:
        return json.dumps(row.team)
    team = f'"team": {json.dumps(row.team)}, ' if row.team else ""
    return f'{{{team}"after": {json.dumps(row.after)}}}'


def parse_names(data: bytes, file: str) -> Names:
    """Parse the bytes of a names lock; `file` is its name in diagnostics. The order of its lines does not matter.

    Raises:
        DiagnosticError: SF415, the file is not a list of names, or lists one twice. All problems are raised together.
    """
    return read_json(data, file, _FORM, _names)


def _names(value: Json, problems: list[Problem]) -> Names:
    if not isinstance(value, dict) or any(value.get(key) != wanted for key, wanted in _TOP.items()):
        problems.append(("SF415", "the names lock does not have apiVersion sixfold.dev/v1 and kind Names", ()))
        return Names()
    problems += [
        ("SF415", f"{other!r} is an unknown field", (other,)) for other in sorted(value.keys() - {*_TOP, "names"})
    ]
    section = value.get("names")
    if not isinstance(section, dict):
        problems.append(("SF415", "names is not an object", ("names",)))
        return Names()
    rows: dict[str, dict[str, Ownership]] = {}
    for environment, entries in section.items():
        if not isinstance(entries, dict):
            problems.append(
                ("SF415", f"{environment} is not an object with the owner of each name", ("names", environment))
            )
            continue
        for name, entry in entries.items():
            row = _row(entry)
            if row is None or not _NAME.fullmatch(name):
                text = f"{name!r} is not a service name with the team that owns it"
                problems.append(("SF415", text, ("names", environment, name)))
            else:
                rows.setdefault(environment, {})[name] = row
    return Names(rows)


def _row(entry: Json) -> Ownership | None:
    """Return the ownership in an entry of the lock; None if the entry has another form."""
    if isinstance(entry, str):
        return Ownership(entry) if _NAME.fullmatch(entry) else None
    if not isinstance(entry, dict) or not {"after"} <= entry.keys() <= {"team", "after"}:
        return None
    team, after = entry.get("team", ""), entry["after"]
    if not isinstance(after, list) or not after or not all(isinstance(t, str) and _NAME.fullmatch(t) for t in after):
        return None
    if not isinstance(team, str) or ("team" in entry and not _NAME.fullmatch(team)) or team in after:
        return None
    return Ownership(team, tuple(sorted({str(former) for former in after})))


def conflicts(data: bytes, file: str, owners: Mapping[tuple[str, str], str]) -> list[Diagnostic]:
    """Return an SF416 for each merge conflict in the text of a names lock; none if it has no conflict markers.

    Args:
        data: The bytes of the file.
        file: Its name in diagnostics.
        owners: The team that has a name in the overlay tree, by environment and name.
    """
    return [
        _conflict(file, line, labels, sides, owners) for line, labels, sides in _hunks(data.decode("utf-8", "replace"))
    ]


_Side = dict[tuple[str, str], str]  # the team of each name, by environment and name


def _hunks(text: str) -> Iterator[tuple[int, tuple[str, str], tuple[_Side, _Side]]]:
    """Yield each conflict: its first line, the labels of its two sides, and the names on each of them."""
    environment, start, ours, side = "", 0, "", -1
    sides: tuple[_Side, _Side] = ({}, {})
    for number, line in enumerate(text.splitlines(), start=1):
        marker, _, label = line.partition(" ")
        if marker == _OURS:
            start, ours, sides, side = number, label, ({}, {}), 0
        elif marker == _BASE and side == 0:
            side = -1
        elif marker == _MIDDLE and start:
            side = 1
        elif marker == _THEIRS and start:
            yield start, (ours, label), sides
            start, side = 0, -1
        elif entry := _ENVIRONMENT.fullmatch(line):
            environment = entry[1]
        elif side >= 0 and (row := _ROW.fullmatch(line)):
            sides[side][environment, row[1]] = row[2] or row[3] or ""


def _conflict(
    file: str, line: int, labels: tuple[str, str], sides: tuple[_Side, _Side], owners: Mapping[tuple[str, str], str]
) -> Diagnostic:
    """Build the finding of a conflict, with the side to take for each name that the two give to different teams."""
    ours, theirs = sides
    disputed = sorted(place for place in ours.keys() & theirs.keys() if ours[place] != theirs[place])
    span, again = Span(file, line, 1), "then run `sixfold compile`"
    if not disputed:
        number = counted(len(ours.keys() | theirs.keys()), "name")
        text = f"the names lock has a merge conflict over {number}, and no name has two owners"
        return Diagnostic("SF416", text, span, f"keep the lines of both sides, without the markers; {again}")
    lines = []
    for environment, name in disputed:
        teams = (ours[environment, name], theirs[environment, name])
        owner = owners.get((environment, name), "")
        either = (f"{team or 'nobody'} ({_side(label)})" for team, label in zip(teams, labels, strict=True))
        choice = f"{name} in {environment}: {' or '.join(either)}"
        if owner and owner in teams:
            label = labels[teams.index(owner)]
            lines.append(f"  {choice}: take the side of {owner} ({_side(label)}), whose app is in the tree")
        else:
            lines.append(f"  {choice}: take the side that was merged first; the other app needs another name")
    names = listed([f"{name!r}" for _, name in disputed], _SHOWN)
    text = f"the names lock has a merge conflict, in which {names} {'has' if len(disputed) == 1 else 'have'} two owners"
    return Diagnostic("SF416", text, span, "\n".join([f"keep one line for each name; {again}", *lines]))


def _side(label: str) -> str:
    return printable(label)[:40] or "no label"
