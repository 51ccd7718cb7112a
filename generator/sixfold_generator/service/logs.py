"""One canonical JSON line for each request: what was asked, what came of it; never a body, never a token."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any, BinaryIO

import orjson
import structlog

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["request_log"]


def request_log(stream: BinaryIO | None = None) -> structlog.typing.FilteringBoundLogger:
    """A logger that writes one line of JSON for each event to `stream` (stdout unless given)."""
    logger: structlog.typing.FilteringBoundLogger = structlog.wrap_logger(
        structlog.BytesLogger(stream or sys.stdout.buffer),
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.JSONRenderer(serializer=_dump),
        ],
        wrapper_class=structlog.make_filtering_bound_logger("info"),
        cache_logger_on_first_use=False,
    )
    return logger


def _dump(event: Mapping[str, Any], **_: Any) -> bytes:
    return orjson.dumps(event, option=orjson.OPT_SORT_KEYS, default=str)
