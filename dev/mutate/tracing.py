"""A pytest plugin beside pytest-cov: coverage by test, also of the processes that a test starts.

A fixture of a module or of the session runs once for many tests, so its coverage belongs to each test that requests it.
"""

from __future__ import annotations

import base64
import json
import os
import time
from collections import defaultdict
from pathlib import Path
from typing import TYPE_CHECKING

import coverage
import pytest

if TYPE_CHECKING:
    from collections.abc import Generator

    from _pytest.fixtures import FixtureDef

__all__ = ["FOLDER", "pytest_configure"]

FOLDER = "SIXFOLD_TRACES"  # environment variable: where each process of pytest writes what it knows of its tests
HANDED_ON = "COVERAGE_PROCESS_CONFIG"  # in which coverage.py hands its settings to processes: JSON in base64


def pytest_configure(config: pytest.Config) -> None:
    """Trace in each process that runs tests."""
    if hasattr(config, "workerinput") or not config.getoption("numprocesses", None):
        config.pluginmanager.register(Tracing(), "sixfold-tracing")


class Tracing:
    """Switches the context of coverage with the test, and counts seconds."""

    def __init__(self) -> None:
        self.current = ""
        self.seconds: dict[str, float] = {}
        self.users: dict[str, list[str]] = defaultdict(list)  # {context of a fixture: the tests that request it}

    def enter(self, context: str) -> str:
        """Switch to a context and return the one before."""
        before, self.current = self.current, context
        if running := coverage.Coverage.current():
            running.switch_context(context)
        if HANDED_ON in os.environ:
            settings = json.loads(base64.b64decode(os.environ[HANDED_ON]))
            settings["context"] = context or None
            os.environ[HANDED_ON] = base64.b64encode(json.dumps(settings).encode()).decode()
        return before

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Generator[None, object, object]:
        """Trace one test."""
        started = time.monotonic()
        self.enter(item.nodeid)
        try:
            return (yield)
        finally:
            self.enter("")
            self.seconds[item.nodeid] = time.monotonic() - started

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_fixture_setup(self, fixturedef: FixtureDef[object]) -> Generator[None, object, object]:
        """Trace a fixture that several tests share."""
        if fixturedef.scope == "function":
            return (yield)
        before = self.enter(name(fixturedef))
        try:
            return (yield)
        finally:
            self.enter(before)

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """Note which tests request which shared fixtures."""
        for item in session.items:
            fixtures = item._fixtureinfo.name2fixturedefs if isinstance(item, pytest.Function) else {}  # noqa: SLF001
            for definition in {name(d) for defs in fixtures.values() for d in defs if d.scope != "function"}:
                self.users[definition].append(item.nodeid)

    def pytest_sessionfinish(self) -> None:
        """Write what this process knows of its tests."""
        text = json.dumps({"seconds": self.seconds, "users": self.users})
        Path(os.environ[FOLDER], f"{os.getpid()}.json").write_text(text)


def name(fixture: FixtureDef[object]) -> str:
    """Return the context of a fixture."""
    return f"fixture {fixture.argname} of {fixture.baseid}"
