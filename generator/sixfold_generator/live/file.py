"""The record of the live clusters on disk: one small file in the state folder, rewritten whole."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sixfold_compiler.files.atomic import replace_file
from sixfold_generator.live.record import decode, encode

if TYPE_CHECKING:
    from pathlib import Path

    from sixfold_generator.live.record import Live

__all__ = ["FILE", "read", "write"]

FILE = "live.json"  # in the state folder
MAX_BYTES = 8 << 20


def write(folder: Path, live: Live) -> None:
    """Replaces the file. Nothing is lost that the next round would not read again, so nothing is synced."""
    replace_file(folder / FILE, encode(live), durable=False)


def read(folder: Path) -> Live | None:
    """What the file says; None when it is not there, too large, or not well-formed in any way."""
    try:
        with (folder / FILE).open("rb") as stream:
            data = stream.read(MAX_BYTES + 1)
    except OSError:
        return None
    return decode(data) if len(data) <= MAX_BYTES else None
