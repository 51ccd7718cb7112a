"""The long run: `python3 dev.py fuzz [--only loader,paths] [--minutes 60]`.

Every target gets an equal part of the time. Its corpus is kept in `.cache/fuzz/corpus`, and the next run continues from
there. An input that breaks a property is kept in `.cache/fuzz/findings/TARGET`, and fails the run.
"""

from __future__ import annotations

import argparse
import importlib.util
import os
import subprocess
import sys
import time
from pathlib import Path

from tests.fuzz.broken import find_faults
from tests.fuzz.process import CACHE, ROOT, fuzz, seeded, unavailable
from tests.fuzz.run import TARGETS
from tests.profiles import VARIABLE

FINDINGS = 5  # a target ends after so many, since most of them have the same cause
HEAD = "| target | executions | per second | branches at the start | at the end | inputs kept | findings |\n|---|---|---|---|---|---|---|"


def main(arguments=None) -> int:
    """Run the selected targets, and return 1 if there is a finding."""
    parser = argparse.ArgumentParser(prog="dev.py fuzz", description="Fuzz with coverage guidance.")
    parser.add_argument("--only", default="", help=f"comma-separated targets: {', '.join(TARGETS)}")
    parser.add_argument("--minutes", type=float, default=60, help="time for all targets together (default: 60)")
    parser.add_argument(
        "--properties", action="store_true", help="run the hypothesis tests instead, with many examples"
    )

    parser.add_argument("--broken", action="store_true", help="break the code in known ways; each fault must be found")
    parser.add_argument("--repeat", type=Path, help="check this input again; its folder is named after its target")
    options = parser.parse_args(arguments)
    wanted = [name for name in TARGETS if name in options.only.split(",")] if options.only else list(TARGETS)
    if unknown := set(filter(None, options.only.split(","))) - set(TARGETS):
        parser.error(f"no target {', '.join(sorted(unknown))}; there are {', '.join(TARGETS)}")
    if options.properties:
        return properties(options.minutes * 60)
    if options.repeat:
        path = options.repeat.resolve()
        return subprocess.run(
            [sys.executable, "-m", "tests.fuzz.run", path.parent.name, path], cwd=ROOT, check=False
        ).returncode
    if reason := unavailable():
        sys.stderr.write(f"dev.py fuzz: {reason}\n")
        return 2
    if options.broken:
        return find_faults(wanted, options.minutes * 60)
    print(HEAD, flush=True)
    findings = [finding for name in wanted for finding in long_run(name, options.minutes * 60 / len(wanted))]
    for finding in findings:
        path = finding.relative_to(ROOT)
        print(f"finding: {path}\n  repeat: python3 dev.py fuzz --repeat {path}")
    return int(bool(findings))


def properties(seconds: float) -> int:
    """Run every hypothesis test in rounds with new examples until the time is over; the last round is completed."""
    processes = ["-n", str(min(os.cpu_count() or 1, 4))] if importlib.util.find_spec("xdist") else []
    command = [sys.executable, "-m", "pytest", "-q", "-m", "hypothesis", *processes]
    end, rounds = time.monotonic() + seconds, 0
    while not rounds or time.monotonic() < end:
        result = subprocess.run(command, cwd=ROOT, env={VARIABLE: "long"} | os.environ, check=False)
        if result.returncode:
            return result.returncode
        rounds += 1
    print(f"{rounds} rounds of every property without a failure")
    return 0


def long_run(name: str, seconds: float) -> list[Path]:
    """Fuzz one target for a time, print its row, and return its new findings."""
    corpus, findings = CACHE / "corpus" / name, CACHE / "findings" / name
    for folder in (corpus, findings):
        folder.mkdir(parents=True, exist_ok=True)
    known = set(findings.iterdir())
    total, first, branches, left = 0, 0, 0, seconds
    while left > 1 and len(set(findings.iterdir()) - known) < FINDINGS:
        result = fuzz(name, [corpus, seeded(name, CACHE / "seeds" / name)], findings, seconds=left)
        total, first, branches = total + result.executions, first or result.initial_branches, result.branches
        left -= result.seconds
        if not result.failed:
            break
        sys.stderr.write(f"{name}: {result.failure}\n")
        if not set(findings.iterdir()) - known:  # the target did not start
            sys.stderr.write(result.output[-4000:])
            return [findings]
    new = sorted(set(findings.iterdir()) - known)
    rate = total / max(1.0, seconds - max(left, 0.0))
    print(
        f"| {name} | {total:,} | {rate:.0f} | {first} | {branches} | {len(list(corpus.iterdir()))} | {len(new)} |",
        flush=True,
    )
    return new


if __name__ == "__main__":
    sys.exit(main())
