"""One changed line, and how it gets into a file and out of it again."""

from __future__ import annotations

import os
import time
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

__all__ = ["Mutation", "applied"]


@dataclass(frozen=True, order=True)
class Mutation:
    """One changed line of a file of the checkout; `after` is empty where the line is dropped."""

    path: str
    line: int
    before: str
    after: str


@contextmanager
def applied(mutation: Mutation, root: Path) -> Iterator[None]:
    """Change the line in the checkout at `root`, and change it back at the end.

    Raises:
        LookupError: the file has another line there.
    """
    file = root / mutation.path
    original = file.read_bytes()
    lines = original.decode().splitlines(keepends=True)
    if lines[mutation.line - 1].rstrip("\n") != mutation.before:
        raise LookupError(f"{mutation.path}:{mutation.line} is another line than was read")
    lines[mutation.line - 1] = f"{mutation.after}\n" if mutation.after else ""
    try:
        write(file, "".join(lines).encode())
        yield
    finally:
        write(file, original)


def write(file: Path, data: bytes) -> None:
    """Write a file with a time of its own: bytecode is current by size and second, and both may be the same."""
    write.seconds += 2  # type: ignore[attr-defined]
    file.write_bytes(data)
    os.utime(file, (write.seconds, write.seconds))  # type: ignore[attr-defined]


write.seconds = int(time.time())  # type: ignore[attr-defined]
