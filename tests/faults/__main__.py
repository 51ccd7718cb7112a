"""The long set: `python3 dev.py faults [--seeds 100] [--only F1,F9]` prints a table, and exits with 1 if any is wrong."""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
import time
from pathlib import Path

from tests.faults import clock, disk, drips, kills, releases, torn, two_pods, under_load, worker_kills, writers
from tests.faults.children import quiet
from tests.faults.tally import HEAD
from tests.support.trees import Spec

# The amount of work for each of `--seeds`; 100 seeds give the figures in docs/faults.md.
PER_SEED = {
    "worker kills": 10,
    "flips": 100,
    "overload seconds": 0.6,
    "restarts": 1,
    "terminations": 0.1,
    "rotated requests": 100,
    "leak requests": 10_000,
    "adoptions": 20,
    "clock jumps": 5,
}


def faults(seeds: int, tree: Path):
    """Yield (fault, function) in order; each function takes a folder and returns one tally or several."""

    def times(what: str, least: float = 1) -> int:
        return max(int(least), int(PER_SEED[what] * seeds))

    numbers = range(seeds)
    errors = disk.ERRORS
    journal = [f"journal: {step}" for step in kills.STEPS]
    yield "F1", lambda f: kills.state_kills(f, kills.STATE_POINTS, numbers)
    yield "F1", lambda f: kills.tree_kills(f, kills.TREE_POINTS, numbers)
    yield "F1", lambda f: kills.double_kills(f, journal, numbers[: max(1, seeds // 10)])
    yield "F2", lambda f: [worker_kills.every_offset(raw, sets) for raw, sets in worker_kills.answers(f)]
    yield "F2", lambda f: worker_kills.worker_kills(f, times("worker kills"))
    yield "F2", worker_kills.stalled_readers
    yield "F3", lambda f: disk.state_errors(f, kills.STATE_POINTS, errors)
    yield "F3", lambda f: disk.tree_errors(f, disk.TREE_POINTS, errors)
    yield "F3", lambda f: disk.limited(f, (0, 200, 1500, 2500), (6, 8, 10, 12, 14))
    yield "F3", disk.full_disks
    yield "F3", disk.full_service
    yield "F4", lambda _f: torn.torn_trees(torn.small(), seeds, None)
    yield "F4", lambda _f: torn.torn_trees(Spec(), seeds, times("flips") // 100)
    yield "F4", lambda f: torn.torn_states(f, torn.small(), seeds, None)
    yield "F4", lambda f: torn.torn_states(f, Spec(), seeds, times("flips"))
    yield "F4", lambda f: torn.torn_inventories(f, seeds, times("flips") // 20 + 1)
    yield "F6", lambda f: clock.jumps(f, times("clock jumps"))
    yield "F8", lambda f: under_load.overload(tree, f, PER_SEED["overload seconds"] * seeds)
    yield "F9", lambda f: under_load.restarts(tree, f, times("restarts"))
    yield "F9", lambda f: under_load.terminations(tree, f, times("terminations"))
    yield "F10", lambda f: under_load.rotations(tree, f, times("rotated requests"))
    yield "F11", lambda f: under_load.leak(tree, f, times("leak requests"))
    yield "F12", lambda f: writers.two_writers(f, times("adoptions") // 10 + 1)
    yield "F12", lambda f: writers.swaps(f, times("adoptions"))
    yield "F12", writers.paused_reader
    yield "F12", lambda f: writers.stopped_writers(f, min(60, 0.6 * seeds))
    yield "F14", releases.other_versions
    yield "F15", lambda f: [drips.slow_clients(tree, f / str(a), 2300, a, 1000) for a in (1, 200)]
    yield "I", lambda f: two_pods.two_pods(f, max(2, min(20, seeds // 5)))


def main(arguments=None) -> int:
    """Run the selected faults, print a row for each tally, and return the exit status."""
    parser = argparse.ArgumentParser(prog="dev.py faults", description="Inject faults and count the outcomes.")
    parser.add_argument("--seeds", type=int, default=100, help="number of seeds for each fault (100 before a release)")
    parser.add_argument("--only", default="", help="comma-separated faults: F1,F9")
    options = parser.parse_args(arguments)
    wanted = set(options.only.upper().split(",")) - {""}
    wrong = 0
    print(HEAD, flush=True)
    with tempfile.TemporaryDirectory(prefix="sixfold-faults-") as scratch:
        tree = Spec().write(Path(scratch) / "tree")
        for number, (name, run) in enumerate(faults(options.seeds, tree)):
            if wanted and name not in wanted:
                continue
            folder = Path(scratch) / str(number)
            folder.mkdir()
            began = time.monotonic()
            with quiet():  # hides the errors of forks that are killed or get injected errors
                results = run(folder)
            shutil.rmtree(folder, ignore_errors=True)
            for tally in results if isinstance(results, list) else [results]:
                wrong += len(tally.wrong)
                print(tally.row(), flush=True)
            print(f"{name}: {time.monotonic() - began:.0f} s", file=sys.stderr, flush=True)
    return int(wrong > 0)


if __name__ == "__main__":
    sys.exit(main())
