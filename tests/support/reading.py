"""Read tables in the output of commands as rows of cells, at any width."""

from __future__ import annotations

import re


def cells(line: str) -> list[str]:
    return re.split(r" {2,}", line.strip())


def table(text: str, head: str) -> dict[str, list[str]]:
    """Return the rows of the table whose head begins with a cell: the other cells of each row by its first cell."""
    lines = text.splitlines()
    start = next(number for number, line in enumerate(lines) if cells(line)[0] == head)
    rows = {}
    for line in lines[start + 1 :]:
        if not line or line.startswith(("and ", "* ")):
            break
        first, *others = cells(line)
        assert first not in rows, line
        rows[first] = others
    return rows
