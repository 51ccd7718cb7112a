"""A pytest plugin for pytest-cov that fails the run when the branch coverage of both packages falls.

The percentage is recorded in tests/coverage.json. A run that skipped tests because a counterpart was missing is not
compared.
"""

from __future__ import annotations

import json
import os

import coverage
import pytest

from dev.counterparts import UNBUILT
from dev.layout import PACKAGES
from dev.process import CACHE, ROOT

__all__ = ["SLACK", "fallen", "pytest_configure"]

RECORD = ROOT / "tests" / "coverage.json"
SLACK = 0.1  # percentage points; which branch a worker takes depends a little on time
FEWEST = 10  # modules that are listed


def pytest_configure(config: pytest.Config) -> None:
    """Register the gate in the main process of pytest, to which the workers send their data."""
    if not hasattr(config, "workerinput"):
        (CACHE / "coverage").mkdir(parents=True, exist_ok=True)
        config.pluginmanager.register(Gate(), "sixfold-coverage-gate")


def fallen(percent: float, recorded: float) -> bool:
    """Return whether a percentage is further below the recorded one than random variation explains."""
    return round(percent - recorded + SLACK, 2) < 0


class Gate:
    """A pytest plugin that reads the combined data, prints the percentage, and fails the run if it has fallen."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.recorded: float = json.loads(RECORD.read_text())["percent"]

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Read the data, which pytest-cov has combined by now."""
        percent, modules = measured()
        self.lines = [
            f"{percent:.2f} % of all lines and branches; {self.recorded:.2f} % is recorded in tests/coverage.json"
        ]
        self.lines += [f"{share:7.2f} %  {missing:4} missing  {name}" for share, missing, name in modules[:FEWEST]]
        if os.environ.get(UNBUILT):
            self.lines.append("not compared: tests were skipped for want of a counterpart")
        elif fallen(percent, self.recorded):
            self.lines.append(f"it has fallen by more than {SLACK}: test what is new, or say in the file why it falls")
            if session.exitstatus == pytest.ExitCode.OK:
                session.exitstatus = pytest.ExitCode.TESTS_FAILED
        elif percent > self.recorded + SLACK:
            self.lines.append("it has risen: write it to tests/coverage.json")

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Print the percentage and the modules with the lowest coverage."""
        terminalreporter.section("branch coverage of both packages, and the ten modules with the least")
        for line in self.lines:
            terminalreporter.write_line(line)


def measured() -> tuple[float, list[tuple[float, int, str]]]:
    """Return the total percentage, and (percentage, missing lines, path) of each module, the lowest first."""
    data = coverage.Coverage(config_file=str(ROOT / "pyproject.toml"))
    data.load()
    target = CACHE / "coverage" / "report.json"
    data.json_report(outfile=str(target), include=[f"{ROOT / folder}/*" for folder in PACKAGES.values()])
    report = json.loads(target.read_text())
    modules = [
        (
            file["summary"]["percent_covered"],
            file["summary"]["missing_lines"] + file["summary"]["missing_branches"],
            path,
        )
        for path, file in report["files"].items()
    ]
    return report["totals"]["percent_covered"], sorted(modules)
