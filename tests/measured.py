"""Selection of the tests that `python3 dev.py test --all` measures: all but those that repeat what others reach.

Coverage slows Python down by half. The tests against what Go builds, the faults, the fuzz targets and the properties run
the same code thousands of times, and reach no line that the other tests do not.
"""

from __future__ import annotations

import os
import re
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from tests.selection import BUILT
from tests.support.measuring import HANDED_ON

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["paused", "pytest_runtest_protocol", "repeats"]

REPEATING = re.compile(r"tests/(?:faults|fuzz|properties)/")


def repeats(item: pytest.Item) -> bool:
    """Return whether a test is left out of the measurement."""
    headings = {marker.args[0] for marker in item.iter_markers("conformance") if marker.args}
    return bool(headings & BUILT or REPEATING.match(item.nodeid))


@contextmanager
def paused() -> Iterator[None]:
    """Measure nothing in this process, nor in those that it starts; nothing changes where nothing is measured."""
    settings = os.environ.pop(HANDED_ON, None)
    if settings is None:
        yield
        return
    from coverage import Coverage  # where coverage is measured it is loaded

    measuring = Coverage.current()
    if measuring:
        measuring.stop()
    try:
        yield
    finally:
        if measuring:
            measuring.start()
        os.environ[HANDED_ON] = settings


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_protocol(item):
    """Run a test, with its fixtures, unmeasured where it repeats others."""
    if not repeats(item):
        return (yield)
    with paused():
        return (yield)
