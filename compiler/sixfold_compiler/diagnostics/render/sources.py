"""Source lines for the `full` format: read safely, with the values of Secrets hidden."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sixfold_compiler.diagnostics.diagnostic import Span

__all__ = ["HIDDEN", "MAX_SOURCE", "SourceLines"]

MAX_SOURCE = 2 * 1024 * 1024  # bytes; a larger file is named, not quoted
HIDDEN = "(hidden)"
_SECRET = re.compile(r"""kind:\s*["']?Secret["']?\s*(#.*)?$""")


@dataclass(frozen=True, slots=True)
class SourceLines:
    """A reader for lines of the files that spans name. It reads regular files under `roots` only, and no links."""

    roots: tuple[Path, ...]
    _read: dict[str, tuple[str, ...]] = field(default_factory=dict)

    def line(self, span: Span, *, hide: bool = False) -> str | None:
        """Return the source line of a span; None if the line cannot be shown.

        With `hide`, and always inside a Secret, only the key is returned, because a value must not reach a log or a
        screen.
        """
        if not span.line:
            return None
        if span.file not in self._read:
            self._read[span.file] = self._load(span.file)
        lines = self._read[span.file]
        if span.line > len(lines):
            return None
        text = lines[span.line - 1]
        return _key_only(text) if hide or _in_secret(lines, span.line - 1) else text

    def _load(self, file: str) -> tuple[str, ...]:
        parts = PurePosixPath(file).parts
        if not parts or PurePosixPath(file).is_absolute() or ".." in parts or "\0" in file:
            return ()
        for root in self.roots:
            path = root.joinpath(*parts)
            try:
                if not path.is_file() or path.resolve() != root.resolve().joinpath(*parts):
                    continue
                if path.stat().st_size > MAX_SOURCE:
                    return ()
                return tuple(path.read_text("utf-8", errors="replace").split("\n"))
            except OSError:
                continue
        return ()


def _in_secret(lines: tuple[str, ...], index: int) -> bool:
    """Return whether the line at `index` belongs to a YAML document of kind Secret."""
    start = next((i for i in range(index, -1, -1) if lines[i].startswith("---")), 0)
    end = next((i for i in range(index + 1, len(lines)) if lines[i].startswith("---")), len(lines))
    return any(_SECRET.match(lines[i]) for i in range(start, end))


def _key_only(text: str) -> str:
    key, colon, value = text.partition(":")
    if not colon:
        return HIDDEN
    return f"{key}: {HIDDEN}" if value.strip() else text
