"""A pytest plugin that notes counterparts and outcomes of conformance tests; `--proof FILE` writes the record.

The marker names the heading of docs/proof.md that lists a test: `pytest.mark.conformance("Envoy")`. The claims are the
names and docstrings of the tests, the versions are the arguments of `tests.support.counterparts.met`. All data are
properties of reports, so the workers of pytest-xdist send them too.
"""

from __future__ import annotations

import json
import os
import platform
import time
from datetime import UTC, datetime

import pytest

from tests.proof.record import MARKER, Case, public, sections, tree
from tests.support import counterparts


def pytest_addoption(parser):
    parser.addoption("--proof", metavar="FILE", help="write what the conformance tests prove to FILE, as JSON")


def pytest_configure(config):
    config.pluginmanager.register(Witness(), "sixfold-witness")
    if config.getoption("proof"):
        counterparts.record_versions()
        if not hasattr(config, "workerinput"):
            config.pluginmanager.register(Recorder(config.rootpath, config.getoption("proof")), "sixfold-recorder")


class Witness:
    """The counterparts that the current test has met, itself or through a fixture that an earlier test set up."""

    def __init__(self):
        self.fixtures = {}  # FixtureDef that is set up: its meetings

    def pytest_runtest_logstart(self):
        counterparts.MEETINGS.clear()

    @pytest.hookimpl(wrapper=True)
    def pytest_fixture_setup(self, fixturedef):
        before = len(counterparts.MEETINGS)
        try:
            return (yield)
        finally:
            if meetings := counterparts.MEETINGS[before:]:
                self.fixtures[fixturedef] = meetings

    def pytest_fixture_post_finalizer(self, fixturedef):
        self.fixtures.pop(fixturedef, None)

    def met(self, item):
        """Return the (name, version) of every counterpart of a test, sorted."""
        kept = [
            meeting
            for fixture, meetings in self.fixtures.items()
            if fixture.argname in item.fixturenames and item.nodeid.startswith(fixture.baseid)
            for meeting in meetings
        ]
        return sorted({*kept, *counterparts.MEETINGS})

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_call(self, item):
        outcome = yield
        if item.get_closest_marker(MARKER) and not self.met(item):
            pytest.fail(
                "marked as conformance, but no counterpart called tests.support.counterparts.met()", pytrace=False
            )
        return outcome

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_makereport(self, item, call):
        """Add the counterparts of a test to its properties, before the report copies them."""
        marker = item.get_closest_marker(MARKER)
        if marker and item.config.getoption("proof"):
            section = marker.args[0] if marker.args else item.path.relative_to(item.config.rootpath).as_posix()
            item.user_properties.append(
                (MARKER, {"section": section, "met": [list(entry) for entry in self.met(item)]})
            )


class Recorder:
    """The reports of all workers; writes the record at the end of the run."""

    def __init__(self, root, file):
        self.root = root
        self.file = root / file
        self.cases = {}  # node id: Case
        self.started = datetime.now(UTC)
        self.clock = time.monotonic()
        self.tree = tree(root)

    def pytest_runtest_logreport(self, report):
        meetings = [value for name, value in report.user_properties if name == MARKER]
        if not meetings and not report.failed:
            return
        # A worker that died sent no properties: its test is listed under the name of the module.
        section = meetings[0]["section"] if meetings else report.nodeid.partition("::")[0]
        case = self.cases.setdefault(report.nodeid, Case(section))
        case.seconds += report.duration
        case.met |= {tuple(item) for value in meetings for item in value["met"]}
        if report.failed:
            case.outcome = "failed"
        elif report.skipped and case.outcome == "passed":
            case.outcome, case.reason = "skipped", reason(report)

    def pytest_sessionfinish(self, exitstatus):
        if exitstatus not in {pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED} or not self.cases:
            return  # an interrupted run proves nothing
        commit, clean = self.tree
        run = {
            "commit": commit,
            "clean": clean and tree(self.root) == self.tree,
            "started": self.started.strftime("%Y-%m-%d %H:%M"),
            "seconds": round(time.monotonic() - self.clock),
            "python": f"{platform.python_implementation()} {platform.python_version()}",
            "platform": f"{platform.system()} {platform.machine()}",
            "cpus": len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count(),
        }
        record = {"run": run, "sections": sections(self.root, self.cases)}
        scratch = self.file.with_suffix(".new")
        scratch.write_text(json.dumps(record, indent=1, ensure_ascii=False) + "\n")
        scratch.replace(self.file)


def reason(report):
    """Return the reason why a test was skipped or was expected to fail."""
    if hasattr(report, "wasxfail"):
        return public(f"expected to fail: {report.wasxfail.removeprefix('reason: ')}")
    text = report.longrepr[2] if isinstance(report.longrepr, tuple | list) else str(report.longrepr)
    return public(text.removeprefix("Skipped: "))
