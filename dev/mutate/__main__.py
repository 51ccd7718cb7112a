"""Sample mutations by seed, try each, and print those that no test notices: `python3 dev.py mutate`."""

from __future__ import annotations

import argparse
import os
import random
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
from dev.mutate.mutation import Mutation
from dev.mutate.trial import BrokenTestsError, Copy, chart
from dev.process import ROOT, complain, say

if TYPE_CHECKING:
    from collections.abc import Sequence

EQUIVALENT = ROOT / "tests" / "equivalent.md"  # mutations that no input can tell from the code
SHARES = {"python": 5, "jsonnet": 3, "chart": 2}  # of every ten
ACCEPTED = 5.0  # percent of survivors
HEAD = "| where | was | became |\n|---|---|---|"


def main(arguments: Sequence[str] | None = None) -> int:
    """Try mutations and print the survivors; return 1 when they are more than is accepted."""
    parser = argparse.ArgumentParser(prog="dev.py mutate", description=__doc__.partition(":")[0])
    parser.add_argument("--count", type=int, default=200)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--only", default="")
    parser.add_argument("--deep", action="store_true")
    options = parser.parse_args(arguments)
    kinds = {options.only: 1} if options.only else SHARES
    chosen = sample(options.seed, options.count, kinds)
    say(f"{len(chosen)} mutations of seed {options.seed}; each is tried in a copy of the checkout")
    started = time.monotonic()
    try:
        killed = try_all([mutation for _, mutation in chosen], deep=options.deep)
    except BrokenTestsError as error:
        return complain(f"without a mutation there fails already: {error}")
    survivors = [(kind, mutation) for kind, mutation in chosen if not killed[mutation]]
    print(HEAD)
    for _, mutation in sorted(survivors, key=lambda pair: pair[1]):
        print(row(mutation))
    tried, lived = Counter(kind for kind, _ in chosen), Counter(kind for kind, _ in survivors)
    parts = ", ".join(f"{kind} {lived[kind]} of {count}" for kind, count in tried.items())
    percent = 100 * len(survivors) / max(len(chosen), 1)
    print(f"\n{len(survivors)} of {len(chosen)} survived, {percent:.1f} percent ({parts}), in ", end="")
    print(f"{time.monotonic() - started:.0f} s; {ACCEPTED:g} percent are accepted")
    return int(percent > ACCEPTED)


def sample(seed: int, count: int, kinds: dict[str, int]) -> list[tuple[str, Mutation]]:
    """Return mutations drawn by seed, with their kinds: in each kind first the line, then what becomes of it."""
    equivalent = {line.strip() for line in EQUIVALENT.read_text().splitlines()} if EQUIVALENT.exists() else set()
    chosen = []
    left, weight = count, sum(kinds.values())
    for kind, share in kinds.items():
        number = left * share // weight
        left, weight = left - number, weight - share
        if kind == "chart":
            chosen += [(kind, Mutation(m.path, m.line, m.before, m.after)) for m in chart().mutations(seed, number)]
            continue
        pool: dict[tuple[str, int], list[Mutation]] = {}
        for mutation in candidates(kind):
            if not any(line.startswith(without_line(mutation)) for line in equivalent):
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


def try_all(mutations: Sequence[Mutation], *, deep: bool) -> dict[Mutation, str]:
    """Return what notices each mutation, "" where nothing does. There is one copy of the checkout for each CPU."""
    killed: dict[Mutation, str] = {}
    copies = threading.local()
    jobs = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1

    def attempt(mutation: Mutation) -> None:
        if not hasattr(copies, "copy"):
            copies.copy = Copy(Path(tempfile.mkdtemp(dir=scratch)), deep=deep)
        killed[mutation] = copies.copy.killer(mutation)
        say(f"{len(killed)} of {len(mutations)}: {mutation.path}:{mutation.line} {killed[mutation] or 'SURVIVED'}")

    with tempfile.TemporaryDirectory(prefix="sixfold-mutate-") as scratch, ThreadPoolExecutor(jobs) as threads:
        # Those of one file one after the other: their tests are tried without a mutation once for each copy.
        for _ in threads.map(attempt, sorted(mutations)):
            pass
    return killed


def row(mutation: Mutation) -> str:
    """Return a mutation as a row of the table of survivors."""
    return without_line(mutation).replace(f"`{mutation.path}`", f"`{mutation.path}:{mutation.line}`", 1) + " |"


def without_line(mutation: Mutation) -> str:
    """Return a mutation as a row of tests/equivalent.md begins: without its line, which moves."""
    was, became = (text.strip().replace("|", r"\|") for text in (mutation.before, mutation.after))
    return f"| `{mutation.path}` | `{was}` | `{became or '(dropped)'}`"


if __name__ == "__main__":
    sys.exit(main())
