"""Measure time and memory of a placement at several sizes: `python3 dev.py bench placement`.

Each size is measured in a process of its own: a first placement, one from the resulting lock, and one after the loss of
a cluster. Teams have three tiers (one in fifty is P0 and survives the loss of a cluster) and five apps each; the demand
fills about 60 % of the clusters. The last lines compare the number of namespaces that move in random fleets with the
smallest possible number.
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import random
import resource
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from sixfold_compiler.placement import Lock  # noqa: E402 - the checkout is put on the path first
from sixfold_compiler.placement.propose import propose  # noqa: E402 - the checkout is put on the path first
from tests.support.placements import CHANGES, big_fleet, changed_fleet, without_cluster  # noqa: E402

# teams, data centers, clusters of each, data centers of a team
SIZES = ((1_250, 40, 5, 4), (2_500, 40, 5, 4), (5_000, 40, 5, 4), (10_000, 40, 5, 4))
TODAY = dt.date(2026, 11, 26)


def main() -> int:
    """Print the table and return the exit status."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--one", help="measure one size (JSON) here, and print figures as JSON")
    parser.add_argument("--fleets", type=int, default=1000, help="random fleets for the count of moves (0: none)")
    parser.add_argument("--everywhere", action="store_true", help="also 10,000 teams in all 40 DCs: takes minutes")
    options = parser.parse_args()
    if options.one:
        print(json.dumps(measure(*json.loads(options.one))))
        return 0
    print("  teams clusters  DCs placements    first    again lost one      peak  (seconds of CPU)")
    previous = None
    for size in (*SIZES, *([(10_000, 40, 5, 40)] if options.everywhere else [])):
        command = [sys.executable, __file__, "--one", json.dumps(size)]
        result = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
        teams, centers, each, _ = size
        print(
            f"{teams:>7,} {centers * each:>8,} {centers:>4} {result['placements']:>10,} {result['first']:>7.2f}s"
            f" {result['again']:>7.2f}s {result['lost']:>7.2f}s {result['peak']:>5,.0f} MiB"
        )
        if previous:
            print(f"{'':>32} x{result['placements'] / previous['placements']:.2f} placements: x"
                  f"{result['first'] / previous['first']:.2f} time")  # fmt: skip
        previous = result
    if options.fleets:
        moves(options.fleets)
    return 0


def measure(teams: int, centers: int, each: int, places: int) -> dict[str, float]:
    """Return the seconds of a first placement, of one from its lock and of one after a loss, and the peak MiB."""
    fleet, demands = big_fleet(teams, centers, each, places)
    first, results = timed(lambda: propose(fleet, demands, Lock(), today=TODAY))
    assert not results.failed, results.diagnostics[:3]
    again, kept = timed(lambda: propose(fleet, demands, results.lock, today=TODAY))
    assert kept.lock == results.lock
    smaller = without_cluster(fleet, "prod", "dc00", "dc00-c0")
    lost, _ = timed(lambda: propose(smaller, demands, results.lock, today=TODAY))
    return {
        "placements": sum(len(rows) for rows in results.lock.hosts.values()),
        "first": first,
        "again": again,
        "lost": lost,
        "peak": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }


def timed(function):
    """Call a function; return the CPU seconds that it took (one thread) and its result."""
    start = time.process_time()
    result = function()
    return time.process_time() - start, result


def moves(fleets: int) -> None:
    """Print the number of namespaces that moved in random fleets, and the smallest possible number."""
    for change in CHANGES:
        moved = least = over = full = 0
        for number in range(fleets):
            result = changed_fleet(random.Random(f"{change} {number}"), change)
            if result.before.failed or result.after.failed:  # no room for all teams
                full += 1
                continue
            moved, least = moved + result.moved, least + result.least
            over += result.moved > result.least
        print(f"{change:>14}: {moved:,} moved, {fleets:,} fleets; least {least:,} ({over:,} over, {full:,} too full)")


if __name__ == "__main__":
    sys.exit(main())
