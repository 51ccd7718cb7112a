"""Selection of the tests that `python3 dev.py test` runs; the others run with `python3 dev.py test --all`.

`--quick` leaves out the tests that need a program or files that Go builds or fetches from source, and the tests in the
table of CONTRIBUTING.md. The end of the run lists the tests that were left out.
"""

from __future__ import annotations

import os
import re
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.conformance.gomodules import QUICK

__all__ = ["BUILT", "HEAD", "Moved", "moved"]

# Headings of the marker `conformance` whose counterparts Go builds or fetches.
BUILT = frozenset(
    {"Argo CD", "Control plane", "Kubernetes API server", "Kustomize", "Public manifests of real projects", "kind"}
)
TABLE = Path(__file__).resolve().parents[1] / "CONTRIBUTING.md"
HEAD = "| test that only --all runs | seconds | reason |"
ROW = re.compile(r"\| `(?P<test>[^`]+)` \| (?P<seconds>[\d.]+) \| (?P<reason>[^|]+) \|")


@dataclass(frozen=True)
class Moved:
    """One row of the table: a test's node id without parameters, its seconds, and the reason to leave it out."""

    test: str
    seconds: float
    reason: str


def moved(text: str) -> list[Moved]:
    """Return the rows of the table in CONTRIBUTING.md; none when it has no table.

    Raises:
        ValueError: a row under the table's head has another form.
    """
    _, _, table = text.partition(f"{HEAD}\n")
    rows = []
    for line in table.splitlines()[1:]:  # the line under the head is the ruler
        if not line.startswith("|"):
            break
        row = ROW.fullmatch(line.strip())
        if row is None:
            raise ValueError(f"CONTRIBUTING.md: not a row like | `path::test` | seconds | reason |: {line}")
        rows.append(Moved(row["test"], float(row["seconds"]), row["reason"].strip()))
    return rows


def pytest_addoption(parser):
    parser.addoption("--quick", action="store_true", help="leave out what only `python3 dev.py test --all` runs")


def pytest_configure(config):
    if config.getoption("--quick"):
        os.environ[QUICK] = "1"  # a test that builds all the same fails
        config.pluginmanager.register(Quick(), "sixfold-quick")


class Quick:
    """A plugin that leaves out the tests of `--all` and lists them at the end."""

    def __init__(self):
        self.rows = {row.test for row in moved(TABLE.read_text())}
        self.left_out = Counter()

    @pytest.hookimpl(tryfirst=True)
    def pytest_collection_modifyitems(self, config, items):
        kept, left_out = [], []
        for item in items:
            heading = next((marker.args[0] for marker in item.iter_markers("conformance") if marker.args), "")
            if heading in BUILT:
                reason = heading
            elif item.nodeid.partition("[")[0] in self.rows:
                reason = "CONTRIBUTING.md"
            else:
                kept.append(item)
                continue
            self.left_out[reason] += 1
            left_out.append(item)
        if left_out:
            config.hook.pytest_deselected(items=left_out)
        items[:] = kept

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node):
        """Read the count of a worker, since the process that distributes the tests collects none."""
        self.left_out = Counter(node.workeroutput.get("left_out") or self.left_out)

    def pytest_sessionfinish(self, session):
        if hasattr(session.config, "workeroutput"):
            session.config.workeroutput["left_out"] = dict(self.left_out)

    def pytest_terminal_summary(self, terminalreporter):
        if not self.left_out:
            return
        terminalreporter.section("not run here, but by `python3 dev.py test --all`")
        for name, count in sorted(self.left_out.items()):
            why = (
                "moved there by its table"
                if name == "CONTRIBUTING.md"
                else "Go builds or fetches what they run against"
            )
            terminalreporter.write_line(f"{count:5} tests: {name} ({why})")
