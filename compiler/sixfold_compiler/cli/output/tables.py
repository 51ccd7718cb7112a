"""Text tables and amounts: as wide as the terminal, with a fixed width when stdout is not a terminal."""

from __future__ import annotations

import io
import json
import shutil
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.table import Table

    from sixfold_compiler.diagnostics import Json
    from sixfold_compiler.model.quantities import Resources

__all__ = [
    "MAX_ROWS",
    "WIDTH",
    "amount_json",
    "change",
    "cores",
    "document",
    "memory",
    "remainder",
    "share",
    "table",
    "text",
    "width",
]

WIDTH = 140  # characters, where stdout is no terminal
MAX_ROWS = 200  # rows of a table that has one for each move, app or team


def table(*names: str) -> Table:
    """Return an empty table with these columns."""
    from rich.table import Table  # takes 35 ms, and most commands print no table

    empty = Table(box=None, pad_edge=False, header_style="")
    for name in names:
        empty.add_column(name, overflow="fold")
    return empty


def width() -> int:
    """Return the line width in characters: the terminal's (or COLUMNS) if stdout is a terminal, else `WIDTH`."""
    return shutil.get_terminal_size((WIDTH, 24)).columns if sys.stdout.isatty() else WIDTH


def text(rows: Table) -> str:
    """Return a table as lines without trailing spaces."""
    from rich.console import Console  # as in `table`

    stream = io.StringIO()
    Console(file=stream, width=width(), color_system=None, highlight=False, markup=False).print(rows)
    return "\n".join(line.rstrip() for line in stream.getvalue().splitlines()) + "\n"


def remainder(number: int, limit: int = MAX_ROWS) -> str:
    """Return a line with the number of rows beyond `limit`, out of `number` rows; empty if there are none."""
    return f"and {number - limit:,} more\n" if number > limit else ""


def cores(amount: Resources) -> str:
    """Return the CPU of an amount as text in cores."""
    value = amount.cpu / 1000
    return f"{value:,.1f}" if 0 < value < 10 else f"{value:,.0f}"


def memory(amount: Resources) -> str:
    """Return the memory of an amount as text in GiB, or in TiB from 10 TiB on."""
    return f"{amount.memory / 2**40:,.1f}Ti" if amount.memory >= 10 * 2**40 else f"{amount.memory / 2**30:,.0f}Gi"


def share(used: Resources | None, capacity: Resources) -> str:
    """Return the used share of the CPU capacity in percent; a dash if nothing is used or there is no capacity."""
    return f"{used.cpu / capacity.cpu:.0%}" if used is not None and capacity.cpu else "-"


def change(before: str, after: str) -> str:
    """Return `before > after`, or the single value if both are equal."""
    return after if before == after else f"{before} > {after}"


def amount_json(amount: Resources) -> dict[str, Json]:
    """Return an amount as JSON data: cores, memory in bytes, and pods."""
    return {"cpu": amount.cpu / 1000, "memory": amount.memory, "pods": amount.pods}


def document(value: Json) -> str:
    """Return a value as a JSON document."""
    return json.dumps(value, indent=2) + "\n"
