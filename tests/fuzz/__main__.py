"""The long run: `python3 dev.py fuzz [--only loader,paths] [--minutes 60]`.

Every target gets an equal part of the time. What it learns is kept in `.cache/fuzz/corpus`, so that the next run goes
on from there; an input that breaks a property is kept in `.cache/fuzz/findings/TARGET`, and fails the run.
"""

from __future__ import annotations

import argparse
import importlib.util
import os
import subprocess
import sys
import time
from pathlib import Path

from tests.fuzz.broken import broken
from tests.fuzz.process import CACHE, ROOT, fuzz, seeded, unavailable
from tests.fuzz.run import TARGETS
from tests.profiles import VARIABLE

FINDINGS = 5  # in a target, after which it is left alone: the same mistake is found again and again
HEAD = "| target | executions | a second | branches at first | at the end | inputs kept | findings |\n|---|---|---|---|---|---|---|"


def main(arguments=None) -> int:
    """Run what was asked for; 1 when anything was found."""
    parser = argparse.ArgumentParser(prog="dev.py fuzz", description="Fuzz, guided by coverage.")
    parser.add_argument("--only", default="", help=f"targets with commas between them, of {', '.join(TARGETS)}")
    parser.add_argument("--minutes", type=float, default=60, help="for all of them together (default: 60)")
    parser.add_argument("--properties", action="store_true", help="run the hypothesis tests instead, with many examples")

    parser.add_argument("--broken", action="store_true", help="break the code in known ways, and see each found")
    parser.add_argument("--repeat", type=Path, help="check this input again; its folder says of which target it is")
    options = parser.parse_args(arguments)
    wanted = [name for name in TARGETS if name in options.only.split(",")] if options.only else list(TARGETS)
    if unknown := set(filter(None, options.only.split(","))) - set(TARGETS):
        parser.error(f"no target {', '.join(sorted(unknown))}; there are {', '.join(TARGETS)}")
    if options.properties:
        return properties(options.minutes * 60)
    if options.repeat:
        path = options.repeat.resolve()
        return subprocess.run([sys.executable, "-m", "tests.fuzz.run", path.parent.name, path], cwd=ROOT, check=False).returncode
    if reason := unavailable():
        sys.stderr.write(f"dev.py fuzz: {reason}\n")
        return 2
    if options.broken:
        return broken(wanted, options.minutes * 60)
    print(HEAD, flush=True)
    findings = [finding for name in wanted for finding in long_run(name, options.minutes * 60 / len(wanted))]
    for finding in findings:
        print(f"found: {finding.relative_to(ROOT)}\n  again: python3 dev.py fuzz --repeat {finding.relative_to(ROOT)}")
    return int(bool(findings))


def properties(seconds: float) -> int:
    """Every hypothesis test again and again, with other examples each time; the round that is under way is finished."""
    processes = ["-n", str(min(os.cpu_count() or 1, 4))] if importlib.util.find_spec("xdist") else []
    command = [sys.executable, "-m", "pytest", "-q", "-m", "hypothesis", *processes]
    end, rounds = time.monotonic() + seconds, 0
    while not rounds or time.monotonic() < end:
        done = subprocess.run(command, cwd=ROOT, env={VARIABLE: "long"} | os.environ, check=False)
        if done.returncode:
            return done.returncode
        rounds += 1
    print(f"{rounds} rounds of every property, and none was broken")
    return 0


def long_run(name: str, seconds: float) -> list[Path]:
    """One target for so long; its findings."""
    corpus, findings = CACHE / "corpus" / name, CACHE / "findings" / name
    for folder in (corpus, findings):
        folder.mkdir(parents=True, exist_ok=True)
    known = set(findings.iterdir())
    total, first, branches, left = 0, 0, 0, seconds
    while left > 1 and len(set(findings.iterdir()) - known) < FINDINGS:
        done = fuzz(name, [corpus, seeded(name, CACHE / "seeds" / name)], findings, seconds=left)
        total, first, branches = total + done.executions, first or done.branches_at_first, done.branches
        left -= done.seconds
        if not done.failed:
            break
        sys.stderr.write(f"{name}: {done.failure}\n")
        if not set(findings.iterdir()) - known:  # it did not even start
            sys.stderr.write(done.output[-4000:])
            return [findings]
    new = sorted(set(findings.iterdir()) - known)
    rate = total / max(1.0, seconds - max(left, 0.0))
    print(f"| {name} | {total:,} | {rate:.0f} | {first} | {branches} | {len(list(corpus.iterdir()))} | {len(new)} |", flush=True)
    return new


if __name__ == "__main__":
    sys.exit(main())
