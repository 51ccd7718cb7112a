"""Coverage of the processes that tests start: settings for greenlets, and none at all."""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["HANDED_ON", "measured_as_greenlets", "unmeasured"]

HANDED_ON = "COVERAGE_PROCESS_CONFIG"  # in which coverage.py hands its settings to processes: JSON in base64


def measured_as_greenlets(environ: Mapping[str, str]) -> dict[str, str]:
    """Return the environment for a process whose threads are greenlets; unchanged where no coverage is measured.

    Coverage of greenlets asks for the current greenlet at each call, which costs 2.3 times the CPU of the code, and of
    threads 1.5 times: so only gunicorn's processes are measured by greenlet.
    """
    if HANDED_ON not in environ:
        return dict(environ)
    settings = json.loads(base64.b64decode(environ[HANDED_ON]))
    settings["concurrency"] = ["gevent"]
    return {**environ, HANDED_ON: base64.b64encode(json.dumps(settings).encode()).decode()}


def unmeasured(environ: Mapping[str, str]) -> dict[str, str]:
    """Return the environment for a process that runs without coverage, because the test is about what a process does.

    Coverage imports modules, and writes a file that a test may have forbidden.
    """
    return {name: value for name, value in environ.items() if name != HANDED_ON}
