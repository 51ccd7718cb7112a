"""Sample mutations by seed, try each, and print those that no test notices: `python3 dev.py mutate`."""

from __future__ import annotations

import argparse
import os
import random
import signal
import sys
import tempfile
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

from dev.layout import PACKAGES
from dev.mutate import jsonnet, python
from dev.mutate.traces import Traces
from dev.mutate.trial import BrokenTestsError, Copy, chart
from dev.process import CACHE, ROOT, complain, say

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dev.mutate.mutation import Mutation

    Drawn = Sequence[tuple[str, Mutation]]

EQUIVALENT = ROOT / "tests" / "equivalent.md"  # mutations that no input can tell from the code
TRACES = CACHE / "mutate" / "traces.json"
SHARES = {"python": 5, "jsonnet": 3, "chart": 2}  # of every ten
ACCEPTED = 5.0  # percent of survivors
STOPPED = 130  # exit status after Ctrl-C
HEAD = "| where | was | became |\n|---|---|---|"


def main(arguments: Sequence[str] | None = None) -> int:
    """Try mutations and print the survivors; return 1 when they are more than is accepted."""
    parser = argparse.ArgumentParser(prog="dev.py mutate", description=__doc__.partition(":")[0])
    parser.add_argument("--count", type=int, default=200)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--only", default="")
    parser.add_argument("--deep", action="store_true")
    parser.add_argument("--measure", action="store_true")
    options = parser.parse_args(arguments)
    kinds = {options.only: 1} if options.only else SHARES
    listed = equivalents()
    drawn = sample(options.seed, options.count, kinds)
    chosen = [pair for pair in drawn if not any(line.startswith(without_line(pair[1])) for line in listed)]
    say(f"{len(drawn)} mutations of seed {options.seed}; each is tried in a copy of the checkout")
    started = time.monotonic()
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        known = traces(again=options.measure) if any(kind == "python" for kind, _ in chosen) else None
        killed, ended = try_all([mutation for _, mutation in chosen], deep=options.deep, known=known)
    except BrokenTestsError as error:
        return complain(f"without a mutation there fails already: {error}")
    tried = [(kind, mutation) for kind, mutation in chosen if mutation in killed]
    survivors = [(kind, mutation) for kind, mutation in tried if not killed[mutation]]
    print(HEAD)
    for _, mutation in sorted(survivors, key=lambda pair: pair[1]):
        print(row(mutation))
    print(f"\n{summary(drawn, chosen, tried, survivors, time.monotonic() - started)}")
    if not ended:
        return STOPPED
    return int(100 * len(survivors) > ACCEPTED * max(len(tried), 1))


def summary(drawn: Drawn, chosen: Drawn, tried: Drawn, survivors: Drawn, seconds: float) -> str:
    """Return how many mutations were killed, survived, are equivalent and were not run; the rate is of those run."""
    counts, lived = Counter(kind for kind, _ in tried), Counter(kind for kind, _ in survivors)
    parts = ", ".join(f"{kind} {lived[kind]} of {count}" for kind, count in counts.items()) or "none was run"
    percent = 100 * len(survivors) / max(len(tried), 1)
    return (
        f"{len(drawn)} drawn: {len(tried) - len(survivors)} killed, {len(survivors)} survived, "
        f"{len(drawn) - len(chosen)} equivalent, {len(chosen) - len(tried)} not run\n"
        f"{percent:.1f} percent of those run survived ({parts}); {ACCEPTED:g} percent are accepted\n"
        f"{seconds:.0f} s, {seconds / max(len(tried), 1):.1f} s for each mutation"
    )


def equivalents() -> list[str]:
    """Return the rows of tests/equivalent.md."""
    return [line.strip() for line in EQUIVALENT.read_text().splitlines()] if EQUIVALENT.exists() else []


def sample(seed: int, count: int, kinds: dict[str, int]) -> list[tuple[str, Mutation]]:
    """Return mutations drawn by seed, with their kinds: in each kind first the line, then what becomes of it."""
    chosen = []
    left, weight = count, sum(kinds.values())
    for kind, share in kinds.items():
        number = left * share // weight
        left, weight = left - number, weight - share
        if kind == "chart":
            chosen += [(kind, mutation) for mutation in chart().mutations(seed, number)]
            continue
        pool: dict[tuple[str, int], list[Mutation]] = {}
        for mutation in candidates(kind):
            pool.setdefault((mutation.path, mutation.line), []).append(mutation)
        draw = random.Random(f"{seed} {kind}")
        for place in draw.sample(sorted(pool), min(number, len(pool))):
            chosen.append((kind, draw.choice(pool[place])))
    return chosen


def candidates(kind: str) -> list[Mutation]:
    """Return every mutation of Python or Jsonnet."""
    if kind == "python":
        files = [path for folder in PACKAGES.values() for path in sorted((ROOT / folder).rglob("*.py"))]
        return [mutation for path in files for mutation in python.mutations(path, ROOT)]
    files = sorted((ROOT / "lib").rglob("*.libsonnet"))
    return [mutation for path in files for mutation in jsonnet.mutations(path, ROOT)]


def traces(*, again: bool) -> Traces | None:
    """Return which tests run each line, from the last measurement; measure if `again`. None if never measured."""
    if not again:
        return Traces.read(TRACES)
    say("running the tests once to see which lines each runs")
    started = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="sixfold-mutate-") as scratch:
        known = Copy(Path(tempfile.mkdtemp(dir=scratch))).measure(2 * cpus())
    known.write(TRACES)
    say(f"{len(known.tests)} tests traced in {time.monotonic() - started:.0f} s")
    return known


def cpus() -> int:
    """Return the number of CPUs that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def try_all(mutations: Sequence[Mutation], *, deep: bool, known: Traces | None) -> tuple[dict[Mutation, str], bool]:
    """Return what notices each mutation, "" where nothing does, and whether all were tried.

    There is one copy of the checkout for each CPU. After Ctrl-C the result has the mutations tried until then.
    """
    killed: dict[Mutation, str] = {}
    copies = threading.local()
    stopped = threading.Event()

    def attempt(mutation: Mutation) -> None:
        if stopped.is_set():
            return
        if not hasattr(copies, "copy"):
            copies.copy = Copy(Path(tempfile.mkdtemp(dir=scratch)), deep=deep, traces=known)
        began = time.monotonic()
        by = copies.copy.killer(mutation)
        if stopped.is_set():  # Ctrl-C reaches the tests as well: that they failed shows nothing
            return
        killed[mutation] = by
        seconds = f"{time.monotonic() - began:.0f} s"
        say(f"{len(killed)} of {len(mutations)}: {mutation.path}:{mutation.line} {by or 'SURVIVED'} ({seconds})")

    with tempfile.TemporaryDirectory(prefix="sixfold-mutate-") as scratch, ThreadPoolExecutor(cpus()) as threads:
        try:
            for _ in threads.map(attempt, sorted(mutations)):
                pass
        except KeyboardInterrupt:
            stopped.set()
            say("interrupted; the mutations that are being tried count as not run")
        except BaseException:
            stopped.set()
            raise
    return dict(killed), not stopped.is_set()


def row(mutation: Mutation) -> str:
    """Return a mutation as a row of the table of survivors."""
    return without_line(mutation).replace(f"`{mutation.path}`", f"`{mutation.path}:{mutation.line}`", 1) + " |"


def without_line(mutation: Mutation) -> str:
    """Return a mutation as a row of tests/equivalent.md begins: without its line, which moves."""
    was, became = (text.strip().replace("|", r"\|") for text in (mutation.before, mutation.after))
    return f"| `{mutation.path}` | `{was}` | `{became or '(dropped)'}`"


if __name__ == "__main__":
    sys.exit(main())
