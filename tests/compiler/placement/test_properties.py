"""Rules that hold for every placement, checked over random fleets; the profile sets how many."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
from functools import lru_cache

import pytest

from sixfold_compiler.model.quantities import Resources
from sixfold_compiler.placement import Lock
from sixfold_compiler.placement.locktext import dump_lock
from sixfold_compiler.placement.propose import propose
from sixfold_compiler.placement.utilization import utilization_of
from tests.profiles import times
from tests.support.placements import CHANGES, DC1, TODAY, changed_fleet, fleet_input
from tests.support.repos import ROOT

pytestmark = pytest.mark.hypothesis  # properties, although their fleets come from seeds

COUNT = times(40)


@lru_cache(maxsize=500)
def fleet(change: str, number: int):
    return changed_fleet(random.Random(f"{change} {number}"), change)


def fleets(change: str):
    return (fleet(change, number) for number in range(COUNT))


@pytest.mark.parametrize("change", CHANGES)
def test_no_fewer_namespaces_move_than_must_and_none_more_while_there_is_room(change) -> None:
    """`Changed` defines the least. A demand below 35 % of the capacity leaves room; a fuller fleet may need more moves."""
    for case in fleets(change):
        if case.before.failed or case.after.failed:
            continue
        assert case.moved >= case.least
        total = sum(load.total.cpu for load in case.after.after.values())
        if total < 0.35 * sum(load.capacity.cpu for load in case.after.after.values()):
            assert case.moved == case.least


@pytest.mark.parametrize("change", CHANGES)
def test_every_rule_holds_of_every_placement_that_is_accepted(change) -> None:
    for case in fleets(change):
        proposal = case.after
        if proposal.failed:
            continue
        tiers = case.fleet.model.environments["prod"].placement.tiers
        table = case.demands[DC1]
        assert proposal.lock.hosts[DC1].keys() == case.fleet.model.teams.keys()
        for name, row in proposal.lock.hosts[DC1].items():
            assert sum(h.weight for h in row) == 100
            assert all(h.weight > 0 for h in row)
            rule = tiers.get(table[name].tier)
            assert len(row) >= ((rule.spread if rule else None) or 1)
        homes = proposal.lock.homes[DC1]
        assert homes.keys() == {f"{t}/{a.app}" for t, d in table.items() for a in d.apps if a.spread == "home"}
        for key, home in homes.items():
            assert home in {h.cluster for h in proposal.lock.row(DC1, key.partition("/")[0])}
        for load in proposal.after.values():
            assert load.total.cpu <= load.room.cpu + 1000  # each namespace is rounded up, to a millicore and a byte
            assert load.total.pods <= load.room.pods + load.namespaces


@pytest.mark.parametrize("change", CHANGES)
def test_p0_survives_every_single_loss_when_it_is_accepted(change) -> None:
    """An independent count divides P0 of a lost cluster over its other hosts by weight."""
    for case in fleets(change):
        proposal = case.after
        if proposal.failed:
            continue
        loads = {target.cluster: load for target, load in proposal.after.items()}
        for lost in loads:
            after = dict.fromkeys(loads, 0.0)
            for name, row in proposal.lock.hosts[DC1].items():
                demand = case.demands[DC1][name]
                if demand.tier != "P0":
                    continue
                survivors = [h for h in row if h.cluster != lost]
                total = sum(h.weight for h in survivors)
                assert total
                for host in survivors:
                    after[host.cluster] += demand.sums.share.cpu * host.weight / total
                for app in demand.apps:
                    home = proposal.lock.homes[DC1].get(f"{name}/{app.app}")
                    if home is not None and home != lost:
                        after[home] += app.total.cpu
            assert all(used <= loads[cluster].room.cpu * (1 + 1e-9) + 1 for cluster, used in after.items())


@pytest.mark.parametrize("change", CHANGES)
def test_the_order_of_the_input_does_not_matter_and_a_second_run_changes_nothing(change) -> None:
    dice = random.Random(7)
    for case in list(fleets(change))[: COUNT // 4 + 1]:
        again = propose(case.fleet, case.demands, case.after.lock, today=TODAY)
        if not case.after.failed:
            assert dump_lock(again.lock) == dump_lock(case.after.lock)
            assert again.moves == ()
        shuffled = fleet_input(shuffle(case.fleet.data, dice))
        demands = {DC1: dict(dice.sample(list(case.demands[DC1].items()), len(case.demands[DC1])))}
        other = propose(shuffled, demands, case.before.lock, today=TODAY)
        assert dump_lock(other.lock) == dump_lock(case.after.lock)


def shuffle(value, dice):
    if not isinstance(value, dict):
        return value
    return {k: shuffle(v, dice) for k, v in dice.sample(list(value.items()), len(value))}


def test_placements_are_the_same_in_every_process() -> None:
    script = (
        "import random\nfrom tests.support.placements import changed_fleet\nfrom sixfold_compiler.placement.locktext import dump_lock\n"
        "print(dump_lock(changed_fleet(random.Random(5), 'a lost cluster').after.lock).decode())"
    )
    texts = set()
    for value in ("0", "12345"):
        env = {**os.environ, "PYTHONHASHSEED": value, "PYTHONPATH": str(ROOT)}
        done = subprocess.run(
            [sys.executable, "-c", script], capture_output=True, text=True, cwd=ROOT, env=env, check=True
        )
        texts.add(done.stdout)
    assert len(texts) == 1
    assert json.loads(texts.pop())["placements"]


def test_the_loads_are_what_the_lock_and_the_demands_add_up_to() -> None:
    """The loads include all pods of all teams with any weights; an empty lock has no load."""
    for case in fleets("a new team"):
        if case.after.failed:
            continue
        used = sum((load.total for load in case.after.after.values()), Resources())
        asked = sum((d.sums.share + d.sums.home for d in case.demands[DC1].values()), Resources())
        placed = sum(len(row) for row in case.after.lock.hosts[DC1].values())
        assert asked.cpu <= used.cpu <= asked.cpu + placed
        assert {load.namespaces for load in utilization_of(case.fleet, case.demands, Lock()).values()} == {0}
