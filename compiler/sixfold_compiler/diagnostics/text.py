"""Text for diagnostics: suggestions, lists, counts, and escapes for what a terminal must not see."""

from __future__ import annotations

import difflib
import unicodedata
from typing import TYPE_CHECKING

from sixfold_compiler.diagnostics.diagnostic import _BLANKS, _UNSAFE_CATEGORIES

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["counted", "listed", "nearest", "printable", "suggest"]


def nearest(value: str, known: Iterable[str]) -> str | None:
    """The known value that `value` most likely stands for, or None when nothing is close."""
    matches = difflib.get_close_matches(value, sorted(known), n=1, cutoff=0.6)
    return matches[0] if matches else None


def suggest(value: str, known: Iterable[str]) -> str:
    """A help sentence for an unknown value: the nearest known one, else a sample of what there is."""
    names = sorted(known)
    if close := nearest(value, names):
        return f"did you mean {close!r}?"
    if not names:
        return "nothing is known here yet"
    sample = ", ".join(names[:10]) + (f" and {len(names) - 10} more" if len(names) > 10 else "")
    return f"known: {sample}"


def listed(names: Iterable[str], most: int = 10) -> str:
    """Join names as `a, b and c`. Of more than `most` names, give the first and the number of the others."""
    every = list(names)
    if len(every) > most:
        return f"{', '.join(every[:most])} and {len(every) - most} more"
    return f"{', '.join(every[:-1])} and {every[-1]}" if len(every) > 1 else "".join(every)


def printable(text: str, keep: str = "") -> str:
    r"""`text` with everything that could move the cursor, change colours or reorder letters written out as an escape.

    Control characters, bidirectional controls, other invisible format characters, line separators and lone surrogates
    become `\x1b` or `\u202e`; characters in `keep` (such as a newline) stay.
    """
    if text.isascii() and text.isprintable():
        return text
    return "".join(char if char in keep or not _unsafe(char) else _escaped(ord(char)) for char in text)


def _unsafe(char: str) -> bool:
    return unicodedata.category(char) in _UNSAFE_CATEGORIES or char in _BLANKS


def _escaped(point: int) -> str:
    return f"\\x{point:02x}" if point < 0x100 else f"\\u{point:04x}" if point < 0x10000 else f"\\U{point:08x}"


def counted(number: int, noun: str, plural: str = "") -> str:
    """`1 app`, `2 apps`."""
    return f"{number:,} {noun if number == 1 else plural or noun + 's'}"
