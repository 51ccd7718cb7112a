"""Branch coverage of the pure modules: `pytest -p tests.measured` fails below 100 %, and says what was not reached.

`[tool.coverage]` of pyproject.toml lists them. What runs in the test processes counts; what runs in workers that they
fork, and in commands that they start, does not: a pure step has tests that call it.
"""

from __future__ import annotations

import io
import os
from pathlib import Path

import coverage
import pytest

__all__ = ["pytest_load_initial_conftests"]

ROOT = Path(__file__).resolve().parents[1]
SETTINGS = str(ROOT / "pyproject.toml")


@pytest.hookimpl(tryfirst=True)
def pytest_load_initial_conftests(early_config):
    """Before any conftest imports a module."""
    early_config.pluginmanager.register(Measure(first="PYTEST_XDIST_WORKER" not in os.environ))


class Measure:
    """Measures from here on, in every process of the run; the first one adds up."""

    def __init__(self, *, first: bool):
        self.first = first
        self.report = ""
        self.lacking: list[str] = []
        self.coverage = coverage.Coverage(config_file=SETTINGS, data_suffix=True)
        if first:
            data = Path(self.coverage.get_option("run:data_file"))
            data.parent.mkdir(parents=True, exist_ok=True)
            for path in data.parent.glob(f"{data.name}*"):
                path.unlink()
        self.coverage.start()

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, session):
        self.coverage.stop()
        self.coverage.save()
        if not self.first:
            return
        whole, text = coverage.Coverage(config_file=SETTINGS), io.StringIO()
        whole.combine()
        total = whole.report(file=text, show_missing=True, skip_covered=True)
        whole.save()
        self.report = text.getvalue().strip()
        self.lacking = sorted(pure(whole.get_option("run:source_pkgs")) - set(whole.get_data().measured_files()))
        if (total < 100 or self.lacking) and session.exitstatus == pytest.ExitCode.OK:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def pytest_terminal_summary(self, terminalreporter):
        terminalreporter.section("branch coverage of the pure modules: 100 % is asked for")
        terminalreporter.write_line(self.report)
        for path in self.lacking:
            terminalreporter.write_line(f"no test imports {path}", red=True)


def pure(names):
    """The files of modules and packages."""
    places = [ROOT.joinpath(*name.split(".")) for name in names]
    files = [path for place in places for path in (place.rglob("*.py") if place.is_dir() else [place.with_suffix(".py")])]
    return {str(path) for path in files}
