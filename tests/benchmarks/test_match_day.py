"""The simulation of benchmarks/match_day.py keeps to its own assumptions."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "benchmarks"))

from crowd import STEP, App, Assumptions, Cluster, run

GIVEN = Assumptions(before=1, peak=10, hold=60 * 60)
WEIGHTS = {"a": 50, "b": 30, "c": 20}


def cluster(name: str, nodes: int = 40) -> Cluster:
    low, most = 3, {"a": 100, "b": 60, "c": 40}[name]
    live = App("team/live", "P0", 0.6, 0.1, 1000, 2**30, low, most, 1.0, WEIGHTS)
    batch = App("team/batch", "P2", 0.7, 0.2, 1000, 2**30, low, most, 1.0, WEIGHTS)
    return Cluster(name, nodes * 10_000, nodes, (10_000, 64 * 2**30, 20), (0, 0, 0), (live, batch))


def day(*, ahead: bool, nodes: int = 40, lost: str = "a"):
    return run([cluster(name, nodes) for name in WEIGHTS], GIVEN, ahead=ahead, lost=lost)


def test_viewers_arrive_no_faster_than_assumed_and_all_of_them_come() -> None:
    given = Assumptions()
    rates = [(given.viewers(s + STEP) - given.viewers(s)) * 60 / STEP for s in range(-600, given.end, STEP)]
    assert max(rates) == pytest.approx(1.1)
    assert min(rates) == pytest.approx(-1.1)
    assert given.viewers(given.ramp) == pytest.approx(61)
    assert given.viewers(-1) == 4


@pytest.mark.parametrize("ahead", [True, False])
def test_nothing_is_carried_that_no_pod_could_take_and_no_cluster_is_overfilled(ahead) -> None:
    for nodes in (40, 8):
        for tick in day(ahead=ahead, nodes=nodes):
            assert tick.carried <= tick.viewers + 1e-9
            assert tick.carried <= tick.capacity + 1e-9
            assert all(used <= 1 for used in tick.used.values())
            assert tick.nodes <= 3 * nodes


def test_a_schedule_carries_what_reaction_does_not() -> None:
    late, early = (sum(t.viewers - t.carried for t in day(ahead=ahead, lost="c")) for ahead in (False, True))
    assert early < 0.01 < late


def test_a_lost_cluster_carries_nothing_and_comes_back() -> None:
    ticks = day(ahead=True)
    gone = [t for t in ticks if t.used["a"] < 0]
    assert len(gone) * STEP == GIVEN.lost_for
    assert gone[0].second >= GIVEN.ramp + GIVEN.lost_after
    assert ticks[-1].used["a"] > 0
