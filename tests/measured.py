"""Selection of what `python3 dev.py test --all` measures: measuring everything takes three times as long.

A process that is measured writes a database when it ends, which costs more than most of what it did: the workers that a
compile forks are measured only by the tests about them. Tests that repeat others are not measured: those against what Go
builds, the faults and the fuzz targets run the same code thousands of times. `dev.py mutate --measure` needs to know
every test of a line, and measures everything.
"""

from __future__ import annotations

import os
import posix
import re
from contextlib import contextmanager
from typing import TYPE_CHECKING

import coverage
import pytest

from dev.mutate.tracing import FOLDER
from tests.selection import BUILT
from tests.support.measuring import HANDED_ON, with_forks

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["measures_forks", "paused", "repeats"]

REPEATING = re.compile(r"tests/(?:faults|fuzz)/")
WITH_FORKS = re.compile(r"tests/(?:generator|compiler/(?:engine|pipeline/test_cases))")


def repeats(item: pytest.Item) -> bool:
    """Return whether a test is left out of the measurement."""
    headings = {marker.args[0] for marker in item.iter_markers("conformance") if marker.args}
    return bool(headings & BUILT or REPEATING.match(item.nodeid))


def measures_forks(item: pytest.Item) -> bool:
    """Return whether a test measures the processes that its own process forks."""
    return bool(WITH_FORKS.match(item.nodeid))


@contextmanager
def paused() -> Iterator[None]:
    """Measure nothing in this process, nor in those that it starts; nothing changes where nothing is measured."""
    settings, stopped = os.environ.pop(HANDED_ON, None), stop()
    try:
        yield
    finally:
        exits = os._exit
        for measuring in reversed(stopped):
            measuring.start()
        os._exit = exits  # each start puts another layer around it
        if settings is not None:
            os.environ[HANDED_ON] = settings


def stop() -> list[coverage.Coverage]:
    """Stop measuring this process, and return what was stopped: the last that began comes first."""
    stopped = []
    while measuring := coverage.Coverage.current():
        measuring.stop()
        stopped.append(measuring)
    return stopped


class Forks:
    """The processes that this process forks, and whether they are measured now."""

    measured = False

    @classmethod
    def begin(cls) -> None:
        """Begin a measurement of its own in a forked process, or none; never write what the parent has measured."""
        os._exit = posix._exit  # coverage saves in its own
        if stop() and cls.measured:
            coverage.process_startup(force=True)


os.register_at_fork(after_in_child=Forks.begin)


def pytest_configure(config):
    """Hand nothing on to workers, which pytest-cov measures: each would be measured twice, with all that it forks."""
    if config.getoption("numprocesses", None):
        os.environ.pop(HANDED_ON, None)


@pytest.hookimpl(tryfirst=True)
def pytest_collection():
    """Measure the forks of started processes, which `Forks` cannot see; by now pytest-cov has set what they get."""
    if HANDED_ON in os.environ:
        os.environ[HANDED_ON] = with_forks(os.environ[HANDED_ON])


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_protocol(item):
    """Run a test with its fixtures, and measure what it is about."""
    everything = FOLDER in os.environ
    Forks.measured = everything or measures_forks(item)
    if repeats(item) and not everything:
        with paused():
            return (yield)
    return (yield)
