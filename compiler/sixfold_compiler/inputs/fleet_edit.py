"""Edits of one entry in a fleet's Jsonnet sources, for entries that are written literally.

Each place where the key is written is a candidate. A candidate is accepted only if the edited fleet evaluates to the
old value with exactly this entry changed. If no candidate is accepted, a person has to make the edit.
"""

from __future__ import annotations

import copy
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import orjson

from sixfold_compiler.engine import Library, library_folder
from sixfold_compiler.engine.positions import TOKEN
from sixfold_compiler.inputs.fleet_loader import evaluate_fleet

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sixfold_compiler.engine import Pool

__all__ = ["Edit", "remove_entry", "set_state"]

MOST = 40  # candidates that are evaluated


@dataclass(frozen=True, slots=True)
class Edit:
    """The new text of one file of the fleet; `file` is relative to the fleet's folder."""

    file: str
    text: str


@dataclass(frozen=True, slots=True)
class _Entry:
    """An entry `key: value,` in a text, as offsets: of itself, of its value's start and end, and of the next entry."""

    start: int
    value: int
    value_end: int
    end: int


def remove_entry(folder: Path, path: tuple[str, ...], pool: Pool) -> Edit | None:
    """Return the edit that removes the entry at `path` from the fleet in `folder`; None if no edit proves correct."""
    return _proven(folder, pool, path, remove=True)


def set_state(folder: Path, path: tuple[str, ...], state: str, pool: Pool) -> Edit | None:
    """Return the edit that sets the state of the cluster at `path`; None if no edit proves correct."""
    return _proven(folder, pool, (*path, "state"), remove=False, value=state)


def _proven(folder: Path, pool: Pool, path: tuple[str, ...], *, remove: bool, value: str = "") -> Edit | None:
    before = _value(folder, pool)
    if before is None:
        return None
    expected = copy.deepcopy(before)
    place: Any = expected
    for part in path[:-1]:
        place = place.get(part)
        if not isinstance(place, dict):
            return None
    if remove:
        if place.pop(path[-1], None) is None:
            return None
    else:
        place[path[-1]] = value
    with tempfile.TemporaryDirectory(prefix="sixfold-") as scratch:
        trial = Path(scratch) / folder.name
        shutil.copytree(folder, trial, symlinks=True)
        for tried, edit in enumerate(_candidates(folder, path, remove=remove, value=value)):
            if tried == MOST:
                return None
            target = trial / edit.file
            original = target.read_text("utf-8")
            target.write_text(edit.text, "utf-8")
            if _value(trial, pool) == expected:
                return edit
            target.write_text(original, "utf-8")
    return None


def _value(folder: Path, pool: Pool) -> Any:
    ((_, result),) = pool.run(evaluate_fleet, [Library(library_folder(), folder)])
    return orjson.loads(result) if isinstance(result, str) else None


def _candidates(folder: Path, path: tuple[str, ...], *, remove: bool, value: str) -> Iterator[Edit]:
    name = path[-1] if remove else path[-2]
    for file in sorted(folder.rglob("*.*sonnet")):
        if file.is_symlink() or (folder / "lib") in file.parents:
            continue
        text = file.read_text("utf-8", "replace")
        shown = file.relative_to(folder).as_posix()
        for entry in _entries(text, name):
            if remove:
                yield Edit(shown, text[: entry.start] + text[entry.end :])
                continue
            for start, end, new in _states(text, entry, value):
                yield Edit(shown, text[:start] + new + text[end:])


def _states(text: str, entry: _Entry, state: str) -> Iterator[tuple[int, int, str]]:
    """Yield replacements (start, end, text) that set the state: in place of the old one, or as first or last field."""
    body = text[entry.value : entry.value_end]
    for existing in _entries(body, "state"):
        yield entry.value + existing.value, entry.value + existing.value_end, f"'{state}'"
    brace = body.find("{")
    if brace >= 0:
        at = entry.value + brace + 1
        line = body[brace + 1 :].partition("\n")[2]
        indent = line[: len(line) - len(line.lstrip(" "))]
        alone = not body[brace + 1 :].partition("\n")[0].strip() and indent
        yield at, at, f"\n{indent}state: '{state}'," if alone else f" state: '{state}',"
    yield entry.value_end, entry.value_end, f" + {{ state: '{state}' }}"


def _entries(text: str, name: str) -> Iterator[_Entry]:
    """Yield every entry with the key `name`, at any depth of the text."""
    tokens = [(m.lastgroup or "", m.start(), m.end()) for m in TOKEN.finditer(text) if m.lastgroup != "skip"]
    for index, (kind, start, end) in enumerate(tokens[:-1]):
        word = text[start:end]
        if kind == "text":
            word = word.lstrip("@")[1:-1]
        if word != name or kind not in ("name", "text") or tokens[index + 1][0] != "colon":
            continue
        depth, last = 0, tokens[index + 1][2]
        for inner, at, after in tokens[index + 2 :]:
            if inner == "open":
                depth += 1
            elif inner == "close":
                depth -= 1
                if depth < 0:
                    yield _Entry(_line(text, start), _skip(text, tokens[index + 1][2]), last, last)
                    break
            elif depth == 0 and text[at:after] == ",":
                yield _Entry(_line(text, start), _skip(text, tokens[index + 1][2]), last, _line_end(text, after))
                break
            last = after


def _skip(text: str, at: int) -> int:
    return at + len(text[at:]) - len(text[at:].lstrip())


def _line(text: str, at: int) -> int:
    """Return the start of the line if only white space precedes offset `at`, else `at`."""
    start = text.rfind("\n", 0, at) + 1
    return start if not text[start:at].strip() else at


def _line_end(text: str, at: int) -> int:
    """Return the start of the next line if only white space or a comment follows offset `at`, else `at`."""
    end = text.find("\n", at)
    end = len(text) if end < 0 else end
    tail = text[at:end].strip()
    return end + 1 if not tail or tail.startswith(("//", "#")) else at
