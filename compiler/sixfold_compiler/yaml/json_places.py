"""Source positions in a JSON text: the offsets of its keys, and the places of findings about them."""

from __future__ import annotations

import json
import re

from sixfold_compiler.diagnostics import Span

__all__ = ["Keys", "place_of", "places_of", "span_at"]

Keys = tuple[str, ...]

_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|[{}\[\]:,]|[^\s{}\[\]:,"]+')


def places_of(text: str) -> dict[Keys, list[int]]:
    """Return the offsets of every key of a JSON text, by its path. A repeated key has two offsets."""
    offsets: dict[Keys, list[int]] = {}
    stack: list[str | None] = []
    word: tuple[str, int] | None = None
    key = None
    for match in _TOKEN.finditer(text):
        part = match[0]
        if part == ":" and word is not None:
            key = word[0]
            offsets.setdefault((*(k for k in stack if k is not None), key), []).append(word[1])
        elif part in "{[":
            stack.append(key)
            key = None
        elif part in "}]" and stack:
            stack.pop()
        word = (json.loads(part), match.start()) if part[0] == '"' and _valid(part) else None
    return offsets


def _valid(part: str) -> bool:
    try:
        json.loads(part)
    except ValueError:
        return False
    return True


def place_of(file: str, text: str, places: dict[Keys, list[int]], keys: Keys) -> Span:
    """Return the source position of a key, or of its nearest ancestor that is in the text."""
    for length in range(len(keys), 0, -1):
        if keys[:length] in places:
            return span_at(file, text, places[keys[:length]][0])
    return Span(file, 1, 1) if text else Span(file)


def span_at(file: str, text: str, offset: int, label: str = "") -> Span:
    """Return the source position of an offset in a text."""
    line_start = text.rfind("\n", 0, offset) + 1
    return Span(file, text.count("\n", 0, offset) + 1, offset - line_start + 1, label)
