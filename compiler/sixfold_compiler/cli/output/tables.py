"""Tables and amounts for people: as wide as the terminal, and always alike in a pipe, to be pasted into a review."""

from __future__ import annotations

import io
import shutil
import sys
from typing import TYPE_CHECKING

from rich.console import Console
from rich.table import Table

if TYPE_CHECKING:
    from sixfold_compiler.model.quantities import Resources

__all__ = ["WIDTH", "amount_json", "change", "cores", "memory", "share", "table", "text", "width"]

WIDTH = 140  # characters, where stdout is no terminal


def table(*names: str) -> Table:
    """An empty table with these columns."""
    made = Table(box=None, pad_edge=False, header_style="")
    for name in names:
        made.add_column(name, overflow="fold")
    return made


def width() -> int:
    """Characters in a line: those of the terminal that stdout is (or COLUMNS there), else `WIDTH`."""
    return shutil.get_terminal_size((WIDTH, 24)).columns if sys.stdout.isatty() else WIDTH


def text(made: Table) -> str:
    """A table as lines without spaces at their ends."""
    stream = io.StringIO()
    Console(file=stream, width=width(), color_system=None, highlight=False, markup=False).print(made)
    return "\n".join(line.rstrip() for line in stream.getvalue().splitlines()) + "\n"


def cores(amount: Resources) -> str:
    """Its CPU in cores."""
    value = amount.cpu / 1000
    return f"{value:,.1f}" if 0 < value < 10 else f"{value:,.0f}"


def memory(amount: Resources) -> str:
    """Its memory in GiB or TiB."""
    return f"{amount.memory / 2**40:,.1f}Ti" if amount.memory >= 10 * 2**40 else f"{amount.memory / 2**30:,.0f}Gi"


def share(used: Resources | None, has: Resources) -> str:
    """Which part of the cores is used; a dash for nothing, and where there are none."""
    return f"{used.cpu / has.cpu:.0%}" if used is not None and has.cpu else "-"


def change(before: str, after: str) -> str:
    """Both where they differ."""
    return after if before == after else f"{before} > {after}"


def amount_json(amount: Resources) -> dict[str, float]:
    """For machines: cores, bytes, pods."""
    return {"cpu": amount.cpu / 1000, "memory": amount.memory, "pods": amount.pods}
