"""Text for diagnostics: suggestions, lists, counts, and escapes of characters that are unsafe in a terminal."""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["counted", "listed", "nearest", "printable", "suggest"]

SAMPLE = 10  # names that a list or a suggestion shows

# Controls (Cc), formats such as bidi overrides (Cf), surrogates (Cs), line and paragraph separators (Zl, Zp), and
# characters that a terminal may know and this Python does not: unassigned (Cn) and private (Co).
_UNSAFE_CATEGORIES = frozenset({"Cc", "Cf", "Cn", "Co", "Cs", "Zl", "Zp"})
_BLANKS = frozenset("\u115f\u1160\u3164\uffa0")  # letters that show nothing


def nearest(value: str, known: Iterable[str]) -> str | None:
    """Return the known value that is most similar to `value`; None if none is similar."""
    import difflib  # noqa: PLC0415 - only for findings

    matches = difflib.get_close_matches(value, sorted(known))
    return matches[0] if matches else None


def suggest(value: str, known: Iterable[str]) -> str:
    """Return a help sentence for an unknown value, with the most similar known value or the first ten known values."""
    names = sorted(known)
    if close := nearest(value, names):
        return f"did you mean {close!r}?"
    if not names:
        return "none is defined yet"
    sample = ", ".join(names[:SAMPLE]) + (f" and {len(names) - SAMPLE} more" if len(names) > SAMPLE else "")
    return f"choose one of: {sample}"


def listed(names: Iterable[str], most: int = SAMPLE) -> str:
    """Join names as `a, b and c`. Of more than `most` names, list the first ones and the number of the rest."""
    every = list(names)
    if len(every) > most:
        return f"{', '.join(every[:most])} and {len(every) - most} more"
    return f"{', '.join(every[:-1])} and {every[-1]}" if len(every) > 1 else "".join(every)


def printable(text: str, keep: str = "") -> str:
    r"""Escape the characters of `text` that could move a terminal's cursor, change colors or reorder letters.

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
    """Return a number with its noun: `1 app`, `2 apps`."""
    return f"{number:,} {noun if number == 1 else plural or noun + 's'}"
