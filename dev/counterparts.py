"""Build the real programs that the conformance tests need, within a time budget.

A build that is not finished at the end of the budget is stopped, and its tests are skipped with that reason. Go keeps
each compiled package, so the next run continues from there.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from dev.process import ROOT, clean, say

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["BUDGET", "UNBUILT", "build_counterparts", "skipped"]

BUDGET = "SIXFOLD_BUILD_MINUTES"  # for all builds together
MINUTES = 30.0
UNBUILT = "SIXFOLD_UNBUILT"  # what the tests read: tests/conformance/gomodules.py
LOG = "SIXFOLD_BUILD_LOG"
MODULE = "tests.conformance.builds"
MISSING = 3  # its exit status for what cannot be had here
EVERY = 30.0  # seconds between two lines of progress
GRACE = 10.0  # seconds for a build to clean up when it is stopped


def build_counterparts(python: str) -> dict[str, str]:
    """Build every counterpart that is not in the cache. Return the reasons why others are missing, by name."""
    minutes = float(os.environ.get(BUDGET) or MINUTES)
    started = time.monotonic()
    end = started + 60 * minutes
    listed = subprocess.run([python, "-m", MODULE], cwd=ROOT, env=clean(), capture_output=True, text=True, check=True)
    names = listed.stdout.split()
    if not names:
        say("every counterpart is in the cache")
        return {}
    say(f"building {len(names)} counterparts that are not in the cache, for at most {minutes:g} minutes ({BUDGET})")
    missing = {}
    for number, name in enumerate(names, start=1):
        begun = time.monotonic()
        if begun >= end:
            missing[name] = out_of_time(minutes)
            continue
        reason = build(python, name, f"{number} of {len(names)}, {name}", end)
        if reason is None:
            say(f"{number} of {len(names)}, {name}: ready after {time.monotonic() - begun:.1f} s")
        else:
            missing[name] = reason or out_of_time(minutes)
            say(f"{number} of {len(names)}, {name}: {missing[name]}")
    say(f"counterparts: {len(names) - len(missing)} ready, {len(missing)} missing, {time.monotonic() - started:.0f} s")
    return missing


def build(python: str, name: str, title: str, end: float) -> str | None:
    """Build one counterpart. Return None if it is ready, "" if the time was over, else why it is unavailable.

    A failed build counts as ready: its tests then fail with the output of the compiler.
    """
    with tempfile.TemporaryDirectory(prefix="sixfold-build-") as scratch:
        log, output = Path(scratch, "packages"), Path(scratch, "output")
        with output.open("w") as sink:
            process = subprocess.Popen(
                [python, "-m", MODULE, name],
                cwd=ROOT,
                env=clean() | {LOG: str(log)},
                stdin=subprocess.DEVNULL,
                stdout=sink,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
            try:
                for seconds in waiting(process, end):
                    packages = log.read_text().count("\n") if log.exists() else 0
                    say(f"{title}: {seconds:.0f} s, {packages} packages compiled")
            finally:
                stopped = stop(process)
        if stopped:
            return ""
        text = output.read_text().strip()
        if process.returncode == MISSING:
            return text.splitlines()[-1] if text else "it cannot be had here"
        if process.returncode:
            say(f"{title}: broken\n{text}")
        return None


def waiting(process: subprocess.Popen[bytes], end: float) -> Iterator[float]:
    """Wait for a process until the time `end`; yield the seconds that it has run, from time to time."""
    started = time.monotonic()
    while (left := end - time.monotonic()) > 0:
        try:
            process.wait(min(EVERY, left))
        except subprocess.TimeoutExpired:
            yield time.monotonic() - started
        else:
            return


def stop(process: subprocess.Popen[bytes]) -> bool:
    """Stop a build and its child processes; return whether it was still running."""
    if process.poll() is not None:
        return False
    os.killpg(process.pid, signal.SIGTERM)  # it removes its scratch folder
    try:
        process.wait(GRACE)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
    return True


def out_of_time(minutes: float) -> str:
    """Return the reason to skip a counterpart that was not built within the budget of `minutes`."""
    return f"not built within {minutes:g} minutes; the next run continues from the cache"


def skipped(missing: dict[str, str]) -> dict[str, str]:
    """Return the environment variables that make the tests skip the missing counterparts."""
    return {UNBUILT: json.dumps(missing)} if missing else {}
