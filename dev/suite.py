"""Run the checks and the tests: the quick set, and all of them."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import TYPE_CHECKING

from dev.counterparts import build_counterparts, skipped
from dev.environment import TEST, TOOLS, ready
from dev.process import CACHE, call, complain, say

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["lint", "pytest_command", "quick", "selected", "thorough"]

CHECKS = (
    ("ruff", ("ruff", "check", ".")),
    ("ruff format", ("ruff", "format", "--check", ".")),
    ("import-linter", ("lint-imports", "--no-logo", "--cache-dir", ".cache/import-linter")),
    ("mypy", ("mypy",)),
)
MEASURED = ("--cov", "--cov-report=", "-p", "dev.coverage_gate")
ALONE = "alone"  # the marker of tests during which nothing else may run
WAITING = 2  # processes for each CPU: many tests wait for servers and commands
MOST = 8  # each makes fixtures of its own


def lint(python: str) -> list[str]:
    """Run ruff, import-linter and mypy; return the names of those that failed."""
    failed = []
    for name, command in CHECKS:
        started = time.monotonic()
        if call([Path(python).parent / command[0], *command[1:]]):
            failed.append(name)
        say(f"{name}: {'failed' if name in failed else 'passed'} in {time.monotonic() - started:.1f} s")
    return failed


def selected(arguments: Sequence[str]) -> int:
    """Run only pytest, with these arguments; return its exit status."""
    return call([ready(TEST, TOOLS), "-m", "pytest", *arguments])


def quick() -> int:
    """Run lint and all tests that need no build from source, without coverage; return the exit status."""
    python = ready(TEST, TOOLS)
    say(
        "ruff, import-linter, mypy, then every test that needs no build from source: "
        "under 5 minutes on two CPUs. The end lists what is left out"
    )
    failed = lint(python)
    return conclude(failed, call([*pytest_command(python), "--quick"]))


def thorough() -> int:
    """Build the counterparts, run every check and every test with coverage; return the exit status."""
    python = ready(TEST, TOOLS)
    say("building what the tests run against, then ruff, import-linter, mypy and every test")
    missing = build_counterparts(python)
    failed = lint(python)
    environ = {**skipped(missing), "COVERAGE_FILE": str(CACHE / "coverage" / "data")}  # whatever folder a process has
    status = call([*pytest_command(python), *MEASURED, "-m", f"not {ALONE}"], environ=environ)
    say("the tests that count errors under load, with the machine to themselves")
    return conclude(failed, call([python, "-m", "pytest", "-q", "-m", ALONE]) or status)


def conclude(failed: Sequence[str], status: int) -> int:
    """Print the names of the failed checks again, because their output is far above; return the exit status."""
    if failed:
        complain(f"failed before the tests: {', '.join(failed)}")
    return int(bool(failed or status))


def pytest_command(python: str) -> list[str]:
    """Return the command line of pytest, with more processes than CPUs. tests/spread.py groups the tests."""
    # Tests start hundreds of processes: none of them shall compile the same sources again.
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    os.environ["PYTHONPYCACHEPREFIX"] = str(CACHE / "bytecode")
    cpus = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return [python, "-m", "pytest", "-n", str(min(WAITING * cpus, MOST))]
