"""The service's log: one line of JSON for each event, never with a request's body or token."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from typing import BinaryIO

import orjson

__all__ = ["Field", "Log"]

Field = str | int | float | dict[str, str | list[str]]


class Log:
    """A log that writes to `stream`, or to stdout; each line is flushed at once."""

    def __init__(self, stream: BinaryIO | None = None) -> None:
        self._stream = stream or sys.stdout.buffer

    def info(self, event: str, **fields: Field) -> None:
        """Log what happened in the normal course of events."""
        self._write("info", event, fields)

    def error(self, event: str, **fields: Field) -> None:
        """Log a fault of the service."""
        self._write("error", event, fields)

    def _write(self, level: str, event: str, fields: dict[str, Field]) -> None:
        timestamp = datetime.now(UTC).replace(tzinfo=None).isoformat() + "Z"
        line = {**fields, "event": event, "level": level, "timestamp": timestamp}
        self._stream.write(orjson.dumps(line, option=orjson.OPT_SORT_KEYS) + b"\n")  # one write: lines never mix
        self._stream.flush()
