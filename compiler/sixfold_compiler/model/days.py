"""Days in UTC, from times as git stores them."""

from __future__ import annotations

from datetime import UTC, date, datetime

__all__ = ["day_of"]


def day_of(seconds: int) -> date:
    """Return the day (UTC) of a time in seconds since 1970; the last day for a time beyond it."""
    try:
        return datetime.fromtimestamp(seconds, UTC).date()
    except (ValueError, OverflowError, OSError):
        return date.max
