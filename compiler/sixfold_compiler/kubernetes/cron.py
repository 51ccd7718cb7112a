"""Cron schedules as Kubernetes reads them: five fields, or a word such as @daily."""

from __future__ import annotations

import re

__all__ = ["cron_problem"]

_WORDS = frozenset({"@yearly", "@annually", "@monthly", "@weekly", "@daily", "@midnight", "@hourly"})
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_DAYS = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")
# Each field: its name, its least and its greatest number, and its words with their numbers.
_FIELDS: tuple[tuple[str, int, int, dict[str, int]], ...] = (
    ("minute", 0, 59, {}),
    ("hour", 0, 23, {}),
    ("day", 1, 31, {}),
    ("month", 1, 12, {word: number for number, word in enumerate(_MONTHS, 1)}),
    ("weekday", 0, 6, {word: number for number, word in enumerate(_DAYS)}),
)
_PART = re.compile(r"(?:[*?]|([0-9]{1,4}|[a-z]{3})(?:-([0-9]{1,4}|[a-z]{3}))?)(?:/([0-9]{1,4}))?")


def cron_problem(text: str) -> str:
    """Return the field of a schedule that Kubernetes does not accept, with its value; "" if it accepts the schedule."""
    if text in _WORDS:
        return ""
    fields = text.split(" ")
    if len(fields) != len(_FIELDS):
        return "the number of fields"
    for field, (name, least, most, words) in zip(fields, _FIELDS, strict=True):
        parts = [part for part in field.lower().split(",") if part]
        if not parts or not all(_valid(part, least, most, words) for part in parts):
            return f"the {name} {field!r}"
    return ""


def _valid(part: str, least: int, most: int, words: dict[str, int]) -> bool:
    match = _PART.fullmatch(part)
    if match is None or (match[3] is not None and int(match[3]) == 0):
        return False
    numbers = [words.get(text, -1) if text.isalpha() else int(text) for text in match.groups()[:2] if text]
    return all(least <= number <= most for number in numbers) and numbers == sorted(numbers)
