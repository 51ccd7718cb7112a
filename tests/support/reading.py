"""Reads what commands print for people: a table as rows of cells, whatever its width."""

from __future__ import annotations

import re


def cells(line: str) -> list[str]:
    return re.split(r" {2,}", line.strip())


def table(text: str, head: str) -> dict[str, list[str]]:
    """The table whose head begins with this word: the cells behind the first one of each row, by that one."""
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
