"""The file of the live clusters' record in the state folder."""

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
    """Replace the file atomically. It is not synced to disk: after a crash the next round reads everything again."""
    replace_file(folder / FILE, encode(live), durable=False)


def read(folder: Path) -> Live | None:
    """Return the record; None where the file is missing, unreadable, larger than `MAX_BYTES` or not well-formed."""
    try:
        with (folder / FILE).open("rb") as stream:
            data = stream.read(MAX_BYTES + 1)
    except OSError:
        return None
    return decode(data) if len(data) <= MAX_BYTES else None
