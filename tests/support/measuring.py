"""Coverage of the processes that tests start: settings for greenlets, and none at all."""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["HANDED_ON", "measured_as_greenlets", "unmeasured", "with_forks"]

HANDED_ON = "COVERAGE_PROCESS_CONFIG"  # in which coverage.py hands its settings to processes: JSON in base64


def measured_as_greenlets(environ: Mapping[str, str]) -> dict[str, str]:
    """Return the environment for a process whose threads are greenlets; unchanged where no coverage is measured.

    Coverage of greenlets asks for the current greenlet at each call, which costs 2.3 times the CPU of the code, and of
    threads 1.5 times: so only gunicorn's processes are measured by greenlet.
    """
    if HANDED_ON not in environ:
        return dict(environ)
    return {**environ, HANDED_ON: _changed(environ[HANDED_ON], concurrency=["gevent"])}


def with_forks(handed_on: str) -> str:
    """Return the settings that a process hands on, such that what a started process forks is measured too."""
    return _changed(handed_on, patch=["_exit", "fork", "subprocess"])


def unmeasured(environ: Mapping[str, str]) -> dict[str, str]:
    """Return the environment for a process that runs without coverage, because the test is about what a process does.

    Coverage imports modules, and writes a file that a test may have forbidden.
    """
    return {name: value for name, value in environ.items() if name != HANDED_ON}


def _changed(handed_on: str, **values: list[str]) -> str:
    return base64.b64encode(json.dumps(json.loads(base64.b64decode(handed_on)) | values).encode()).decode()
