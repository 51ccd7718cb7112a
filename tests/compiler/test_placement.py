"""Placement: which clusters host a team, with what weight, and where an app that runs once has its home."""

from __future__ import annotations

import copy
import json
import os
import subprocess
import sys
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from compiler.engine import Library
from compiler.fleet import Cell, FleetInput, FleetSources
from compiler.model.base import dump
from compiler.model.fleet import Fleet
from compiler.placement import Host, Placement, number, place
from compiler.platform import waves
from tests.compiler.repos import FLEET, ROOT, cluster, team

DC1 = Cell("prod", "dc1")


def fleet_of(clusters: dict[str, dict], teams: dict[str, dict] | None = None) -> FleetInput:
    data = copy.deepcopy(FLEET)
    data["environments"]["prod"]["dataCenters"] = {"dc1": {"region": "eu-west-1", "clusters": clusters}}
    data["teams"] = teams or {"shop": team()}
    fleet = Fleet.model_validate(data)
    return FleetInput(fleet, Library(ROOT, ROOT), FleetSources(ROOT, "environments"), dump(fleet))


def hosts_of(clusters: dict[str, dict]) -> tuple[Host, ...]:
    return place(fleet_of(clusters)).hosts[DC1, "shop"]


@pytest.mark.parametrize(
    ("quantity", "value"),
    [
        ("500m", 0.5), ("2", 2.0), (3, 3.0), (1.5, 1.5), ("1k", 1000.0), ("2M", 2e6), ("1G", 1e9), ("1T", 1e12),
        ("1Ki", 1024.0), ("3Mi", 3 * 2**20), ("1.5Gi", 1.5 * 2**30), ("62Ti", 62 * 2**40), ("1Pi", 2**50), ("1Ei", 2**60),
        ("0", 0.0), ("1P", 1e15), ("1E", 1e18),
    ],
)  # fmt: skip
def test_quantities_are_those_of_kubernetes(quantity, value) -> None:
    assert number(quantity) == value


def test_every_active_cluster_hosts_every_team_by_its_cpu() -> None:
    clusters = {"b": cluster("b", 80), "a": cluster("a", 120)}
    placement = place(fleet_of(clusters, {"shop": team(), "pay": team()}))
    assert placement.hosts == {(DC1, t): (Host("a", 60), Host("b", 40)) for t in ("shop", "pay")}


@pytest.mark.parametrize("state", ["draining", "standby", "retired"])
def test_only_active_clusters_take_part(state) -> None:
    assert hosts_of({"a": cluster("a"), "b": cluster("b", state=state)}) == (Host("a", 100),)
    assert hosts_of({"b": cluster("b", state=state)}) == ()


def test_a_team_is_only_where_it_may_be() -> None:
    fleet = fleet_of({"a": cluster("a")}, {"shop": team(dataCenters={"prod": []}), "pay": team(dataCenters={"prod": ["dc1"]})})
    assert set(place(fleet).hosts) == {(DC1, "pay")}


@given(st.lists(st.integers(1, 10**5) | st.sampled_from(["500m", "1500m", "2k", "0"]), min_size=1, max_size=12))
def test_weights_add_up_to_a_hundred_and_nobody_is_left_out(cpus) -> None:
    hosts = hosts_of({f"c{i:02}": cluster(f"c{i:02}", cpu) for i, cpu in enumerate(cpus)})
    assert sum(h.weight for h in hosts) == 100
    assert all(h.weight >= 1 for h in hosts)
    assert [h.cluster for h in hosts] == sorted(h.cluster for h in hosts)


def test_clusters_that_say_no_capacity_share_alike() -> None:
    assert hosts_of({"a": cluster("a", 0), "b": cluster("b", "0")}) == (Host("a", 50), Host("b", 50))


@given(st.permutations(["a", "b", "c"]))
def test_the_order_of_the_fleet_does_not_matter(order) -> None:
    sizes = {"a": 100, "b": 90, "c": 70}
    clusters = {name: cluster(name, sizes[name]) for name in order}
    placement, reference = place(fleet_of(clusters)), place(fleet_of({n: clusters[n] for n in sorted(clusters)}))
    assert placement == reference
    assert placement.home(DC1, "shop", "db") == reference.home(DC1, "shop", "db")


APPS = [f"app-{n}" for n in range(2000)]


def homes(hosts: tuple[Host, ...]) -> dict[str, str]:
    placement = Placement({(DC1, "shop"): hosts})
    return {app: placement.home(DC1, "shop", app) for app in APPS}


def test_homes_spread_by_weight() -> None:
    """2,000 apps over weights of 60, 30 and 10: each cluster within four standard deviations of its share."""
    counts = Counter(homes((Host("a", 60), Host("b", 30), Host("c", 10))).values())
    for name, weight in (("a", 60), ("b", 30), ("c", 10)):
        share = weight / 100
        assert abs(counts[name] - 2000 * share) < 4 * (2000 * share * (1 - share)) ** 0.5


def test_a_lost_cluster_moves_only_the_apps_that_had_their_home_there() -> None:
    before = homes((Host("a", 40), Host("b", 30), Host("c", 30)))
    after = homes((Host("a", 40), Host("b", 30)))
    assert all(after[app] == home for app, home in before.items() if home != "c")


def test_a_new_cluster_takes_apps_and_moves_none_between_the_others() -> None:
    before = homes((Host("a", 40), Host("b", 30)))
    after = homes((Host("a", 40), Host("b", 30), Host("c", 30)))
    assert all(home in (before[app], "c") for app, home in after.items())
    assert "c" in after.values()


def test_homes_are_the_same_in_every_process() -> None:
    script = (
        "import json\nfrom tests.compiler.test_placement import homes\nfrom compiler.placement import Host\n"
        "print(json.dumps(homes((Host('a', 50), Host('b', 50)))))"
    )
    env = {**os.environ, "PYTHONHASHSEED": "12345", "PYTHONPATH": str(ROOT)}
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, cwd=ROOT, env=env, check=True)
    assert json.loads(done.stdout) == homes((Host("a", 50), Host("b", 50)))


def test_waves_count_clusters_within_their_data_center() -> None:
    data = copy.deepcopy(FLEET)
    fleet = Fleet.model_validate(data)
    order = waves(FleetInput(fleet, Library(ROOT, ROOT), FleetSources(ROOT, "environments"), dump(fleet)))
    assert {str(t): w for t, w in order.items()} == {"prod/dc1/dc1-a": 1, "prod/dc1/dc1-b": 2, "prod/dc2/dc2-a": 1}
