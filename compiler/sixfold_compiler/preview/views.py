"""Formats of a preview: text for a terminal, and Markdown for a pull request."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from sixfold_compiler.diagnostics import counted, printable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sixfold_compiler.preview.changes import Group, Kind, ObjectChange, Preview, Subject
    from sixfold_compiler.preview.withheld import Withheld

__all__ = ["as_markdown", "as_text", "places"]

COMMENT_LIMIT = 60_000  # characters; a comment on GitHub may have 65,536
MARKER = "<!-- sixfold preview -->"  # lets a CI job find its own comment and replace it
NAMED = 5  # owners of deletions that are held back
LISTED = 10  # deletions of each
MANY = 12  # targets; more than that are counted by data center
_WORDS: dict[Kind, str] = {"create": "created", "update": "changed", "delete": "deleted"}
_SIGNS = {"create": "+", "update": "~", "delete": "-"}
_COLORS = {"+": "\x1b[32m", "~": "\x1b[33m", "-": "\x1b[31m", "@": "\x1b[36m"}
_COMMANDS = ("::", "##")  # GitHub Actions (`::error::`, `##[error]`) and Azure Pipelines (`##vso[…]`)
_RESET = "\x1b[0m"


def as_text(preview: Preview, *, color: bool = False) -> str:
    """Format a preview for a terminal."""
    lines: list[str] = []
    for subject in preview.subjects:
        lines.append(_bold(subject.name, color=color))
        for group in subject.groups:
            lines.append(f"  on {places(group.targets)}")
            lines += [_paint(line, color=color) for line in _lines(group)]
        lines.append("")
    for held in preview.withheld:
        lines.append(_bold(_held(held), color=color))
        lines += [*(f"    {printable(name)}" for name in _sample(held)), ""]
    lines.append(summary(preview))
    return "\n".join(lines) + "\n"


def as_markdown(preview: Preview, *, limit: int = COMMENT_LIMIT) -> str:
    """Format a preview as a comment of at most `limit` characters. Rows and diffs that do not fit are counted."""
    head = [MARKER, f"### Sixfold: {summary(preview)}", ""]
    if preview.subjects:
        head += ["| what | clusters | created | changed | deleted |", "| --- | --- | ---: | ---: | ---: |"]
    rows = [_row(subject) for subject in preview.subjects]
    sections = [_section(subject) for subject in preview.subjects]
    held = _withheld_blocks(preview)
    budget = limit - sum(len(line) + 1 for line in (*head, *held)) - 400  # room for the notes below
    kept_rows = _fitting(rows, budget // 2 if sum(map(len, sections)) > budget // 2 else budget)
    budget -= sum(len(row) + 1 for row in kept_rows)
    kept = _fitting(sections, budget)
    body = [*head, *kept_rows]
    if len(kept_rows) < len(rows):
        body += ["", f"… and {counted(len(rows) - len(kept_rows), 'more row')}."]
    body += ["", *held, *kept]
    if len(kept) < len(sections):
        body.append(f"{counted(len(sections) - len(kept), 'diff')} did not fit here: run `sixfold preview`.")
    return "\n".join(body).rstrip("\n") + "\n"


def summary(preview: Preview) -> str:
    """Return one line with the numbers of changed objects and clusters."""
    if preview.refused:
        return f"nothing would be written, since the compile fails{_notes(preview)}."
    if not preview.subjects:
        # The inventories also change for a team whose deletions are held back.
        only = "only the inventories change" if preview.records else "nothing changes"
        return f"{only}{_notes(preview)}."
    parts = [f"{counted(preview.count(kind), 'object')} {word}" for kind, word in _WORDS.items() if preview.count(kind)]
    clusters = sum("/" in target for target in preview.targets)
    return f"{', '.join(parts)} on {counted(clusters, 'cluster')}{_notes(preview)}."


def _notes(preview: Preview) -> str:
    """Return what the numbers do not show: apps that fail, and deletions that are held back."""
    failed = f"; not compiled because of errors: {counted(preview.failed, 'app')}" if preview.failed else ""
    return failed + _waiting(preview)


def _waiting(preview: Preview) -> str:
    waiting = [f"{counted(len(w.things), 'removal')} of {printable(w.whose)}" for w in preview.withheld[:NAMED]]
    if not waiting:
        return ""
    others = f" and {counted(len(preview.withheld) - NAMED, 'more team')}" if len(preview.withheld) > NAMED else ""
    return f"; held back: {', '.join(waiting)}{others}"


def _held(held: Withheld) -> str:
    return f"held back of {held.whose} ({held.reason})"


def _sample(held: Withheld) -> list[str]:
    """Return the first deletions that the guard rejects, and the number of the rest."""
    others = [f"and {len(held.things) - LISTED:,} more"] if len(held.things) > LISTED else []
    return [*held.things[:LISTED], *others]


def _withheld_blocks(preview: Preview) -> list[str]:
    """Return the rejected deletions as Markdown that is not folded. Merging the pull request does not make them."""
    lines: list[str] = []
    for held in preview.withheld[:NAMED]:
        lines += [f"**Held back of {_code(held.whose)}**: {_plain(held.reason)}", ""]
        lines += [f"* {_code(name)}" for name in held.things[:LISTED]]
        lines += [f"* and {len(held.things) - LISTED:,} more"] if len(held.things) > LISTED else []
        lines.append("")
    return lines


def places(targets: tuple[str, ...]) -> str:
    """Return targets as text: `3 clusters: prod/dc1 (dc1-a, dc1-b), dev/dc1 (dev-a)`; only counts if there are many."""
    cells: dict[str, list[str]] = {}
    for target in targets:
        cell, _, name = target.rpartition("/")
        cells.setdefault(cell, []).append(name)
    if list(cells) == [""]:
        return f"Argo CD {', '.join(cells[''])}"
    if len(targets) > MANY:
        listed = ", ".join(f"{cell} ({len(names)})" for cell, names in cells.items())
    else:
        listed = ", ".join(f"{cell} ({', '.join(names)})" for cell, names in cells.items())
    return f"{counted(len(targets), 'cluster')}: {printable(listed)}"


def _lines(group: Group) -> list[str]:
    lines: list[str] = []
    for title, kind, diff in _by_object(group):
        lines += [f"    {_SIGNS[kind]} {title}", *(f"        {line}" for line in diff)]
    return lines


def _by_object(group: Group) -> Iterator[tuple[str, Kind, list[str]]]:
    """Yield each changed object of a group, in order: its title, the kind of its change, and the lines of its diff.

    Objects with the same one-line changes share an entry.
    """
    by_object: dict[tuple[str, Kind], list[ObjectChange]] = {}
    for change in group.changes:
        by_object.setdefault((change.title, change.kind), []).append(change)
    alike: dict[tuple[Kind, tuple[tuple[str, ...], ...]], list[str]] = {}
    for (title, kind), changes in by_object.items():
        short = all(len(c.diff) == 1 for c in changes) and kind == "update"
        key = (kind, tuple(c.diff for c in changes) if short else ((title,),))
        alike.setdefault(key, []).append(title)
    for (kind, _), titles in alike.items():
        plus = "+ " if kind == "create" else ""
        diff = [_inert(f"{plus}{printable(line)}") for change in by_object[titles[0], kind] for line in change.diff]
        yield printable(", ".join(titles)), kind, diff


def _inert(line: str) -> str:
    """Return a line that is no command for a CI system, which looks for one behind the blanks of any printed line."""
    text = line.lstrip()
    return f"{line.removesuffix(text)}| {text}" if text.startswith(_COMMANDS) else line


def _paint(line: str, *, color: bool) -> str:
    sign = line.lstrip(" ")[:1]
    # Only a line's own mark counts: deeper text may begin with a sign of its own (a YAML list).
    if not color or sign not in _COLORS or (len(line) - len(line.lstrip(" "))) not in (4, 8):
        return line
    return f"{_COLORS[sign]}{line}{_RESET}"


def _bold(text: str, *, color: bool) -> str:
    return f"\x1b[1m{printable(text)}\x1b[0m" if color else printable(text)


def _row(subject: Subject) -> str:
    counts = " | ".join(str(subject.count(kind)) for kind in _WORDS)
    return f"| {_code(subject.name)} | {places(subject.targets)} | {counts} |"


def _section(subject: Subject) -> str:
    blocks = [_block(group) for group in subject.groups]
    title = _plain(subject.name)
    return "\n".join([f"<details><summary>{title}</summary>", "", *blocks, "</details>", ""])


def _block(group: Group) -> str:
    lines: list[str] = []
    for title, kind, diff in _by_object(group):
        lines += [f"{'#' if kind == 'update' else _SIGNS[kind]} {title}", *diff]
    fence = "`" * max(3, 1 + max((len(run) for line in lines for run in re.findall("`+", line)), default=0))
    return "\n".join([f"On {places(group.targets)}:", f"{fence}diff", *lines, fence, ""])


def _plain(text: str) -> str:
    return re.sub(r"[<>&]", "", printable(text))


def _code(text: str) -> str:
    return "`" + printable(text).replace("`", "'").replace("|", "\\|") + "`"


def _fitting(parts: list[str], budget: int) -> list[str]:
    """Return the first parts that together have at most `budget` characters."""
    kept = []
    for part in parts:
        budget -= len(part) + 1
        if budget < 0:
            break
        kept.append(part)
    return kept
