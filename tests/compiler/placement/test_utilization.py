"""Utilization of a cluster, and the texts of quantities."""

from __future__ import annotations

import pytest

from sixfold_compiler.model.addresses import Target
from sixfold_compiler.model.quantities import Resources
from sixfold_compiler.placement import Demand, Host, Lock
from sixfold_compiler.placement.utilization import Utilization, team_load, utilization_of
from tests.support.placements import DC1, app, one_center
from tests.support.repos import cluster

HALF = Resources.of("500m", "1Gi", 5)
FULL = Resources.of(1, "2Gi", 10)


def used(capacity: Resources, room: Resources, tiers: dict[str, Resources] | None = None) -> Utilization:
    return Utilization(capacity, room, tiers or {}, 1, Resources())


def test_what_is_free_is_the_room_without_what_all_tiers_use_and_may_be_below_zero() -> None:
    load = used(FULL, HALF, {"P0": HALF, "P1": HALF})
    assert load.total == FULL
    assert load.free == HALF - FULL
    assert load.free.cpu < 0


def test_a_cluster_is_as_full_as_its_fullest_resource() -> None:
    assert used(FULL, FULL, {"P0": HALF}).fullness == 0.5
    assert used(FULL, FULL, {"P0": Resources.of("100m", "100Mi", 8)}).fullness == 0.8


def test_of_nothing_nothing_is_used_or_all_of_it() -> None:
    assert used(Resources(), Resources()).fullness == 0
    assert used(Resources(), Resources(), {"P0": HALF}).fullness == 1


@pytest.mark.parametrize(
    ("memory", "text"), [("2Ti", "2.0 TiB"), ("1536Mi", "1.5 GiB"), ("3Mi", "3.0 MiB"), ("1023", "1,023 B")]
)
def test_memory_is_printed_in_the_largest_unit_that_it_fills(memory, text) -> None:
    assert text in str(Resources.of(0, memory, 0))


def test_what_the_lock_says_of_clusters_and_teams_that_the_fleet_lacks_is_no_load() -> None:
    fleet = one_center({"a": cluster("a")})
    demands = {DC1: {"shop": Demand("shop", (app(pods=10),)), "gone": Demand("gone", (app(pods=10),))}}
    lock = Lock({DC1: {"shop": (Host("a", 60), Host("z", 40)), "gone": (Host("a", 100),)}})
    loads = {t.cluster: load for t, load in utilization_of(fleet, demands, lock).items() if t.cell == DC1}
    assert loads.keys() == {"a"}
    assert (loads["a"].total.cpu, loads["a"].namespaces) == (6000, 1)


def test_an_app_that_runs_once_counts_at_its_home_and_at_its_second_cluster_alone() -> None:
    fleet = one_center({n: cluster(n) for n in "abc"})
    demands = {DC1: {"shop": Demand("shop", (app("db", spread="home", cpu=3), app("job", spread="home", cpu=5)))}}
    row = tuple(Host(n, w) for n, w in (("a", 40), ("b", 30), ("c", 30)))
    lock = Lock({DC1: {"shop": row}}, {DC1: {"shop/db": "a", "shop/job": "a"}}, {DC1: {"shop/db": "b"}})
    loads = {t.cluster: load.total.cpu for t, load in utilization_of(fleet, demands, lock).items() if t.cell == DC1}
    assert loads == {"a": 8000, "b": 3000, "c": 0}
    gone = Lock({DC1: {"shop": row}}, {DC1: {"shop/db": "a", "shop/job": "c"}})
    assert team_load(demands[DC1]["shop"], Resources(), 40, frozenset({"db"}), 1).cpu == 3000
    assert utilization_of(fleet, demands, gone)[Target("prod", "dc1", "a")].total.cpu == 3000


def test_copies_on_every_host_and_on_every_node_count_whatever_the_weight() -> None:
    fleet = one_center(
        {n: cluster(n) | {"capacity": {"cpu": 99, "memory": "1Ti", "pods": 99, "nodes": 4}} for n in "ab"}
    )
    apps = (app("copy", spread="every", pods=2), app("agent", spread="node", cpu=0.5))
    lock = Lock({DC1: {"shop": (Host("a", 0), Host("b", 100))}})
    loads = utilization_of(fleet, {DC1: {"shop": Demand("shop", apps)}}, lock)
    assert [loads[Target("prod", "dc1", n)].total.cpu for n in "ab"] == [4000, 4000]
