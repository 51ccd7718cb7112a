"""Build the counterparts of the conformance tests before the tests, within a budget of time.

What is not built by the end of the budget is stopped, and its tests are skipped with that reason. Go keeps each package
that it has compiled, so the next run continues from there.
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
    """Build every counterpart that is not in the cache; return {name: why it is missing}."""
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
    """Build one counterpart: None when it is ready, "" when the time was over, else why it cannot be had.

    A build that is broken counts as ready: its tests fail with what the compiler says.
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
    """Wait for a process until `end`; yield its seconds from time to time."""
    started = time.monotonic()
    while (left := end - time.monotonic()) > 0:
        try:
            process.wait(min(EVERY, left))
        except subprocess.TimeoutExpired:
            yield time.monotonic() - started
        else:
            return


def stop(process: subprocess.Popen[bytes]) -> bool:
    """Stop a build and what it started; return whether it was still at work."""
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
    """Return the reason for what the budget did not reach."""
    return f"not built within {minutes:g} minutes; the next run continues from the cache"


def skipped(missing: dict[str, str]) -> dict[str, str]:
    """Return the environment by which the tests skip what is missing."""
    return {UNBUILT: json.dumps(missing)} if missing else {}
