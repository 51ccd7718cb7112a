"""Apps and teams without a place: as few as possible, and no other team is placed differently."""

from __future__ import annotations

import random

import pytest

from sixfold_compiler.placement import Demand, Lock
from sixfold_compiler.placement.locktext import dump_lock, parse_lock
from sixfold_compiler.placement.propose import propose
from tests.profiles import times
from tests.support.placements import (
    CHANGES,
    DC1,
    TODAY,
    app,
    changed_fleet,
    clusters,
    codes,
    demand,
    exception,
    hosts,
    lock_of,
    one_center,
    placed,
    sized,
    team,
)

ONE = {"tiers": {"P0": {"spread": 1}, "P1": {"spread": 1}, "P2": {"spread": 1}}}
ALL = {"shop": team(), "pay": team(), "ads": team()}


def unplaced(proposal) -> tuple[str, ...]:
    return proposal.lock.unplaced.get(DC1, ())


def test_only_the_app_that_does_not_fit_is_left_out_and_named_with_its_figures() -> None:
    fleet = one_center(clusters("a", "b"), ALL, ONE)
    asked = (demand("shop", app(pods=30), app("big", pods=10**9)), demand("pay", app(pods=40)))
    proposal, without = placed(fleet, *asked), placed(fleet, demand("shop", app(pods=30)), asked[1])
    assert unplaced(proposal) == ("shop/big",)
    assert (proposal.lock.hosts, proposal.lock.homes) == (without.lock.hosts, without.lock.homes)
    assert (proposal.after, proposal.met) == (
        without.after,
        {DC1: {d.team: d for d in (demand("shop", app(pods=30)), asked[1])}},
    )
    (problem,) = proposal.diagnostics
    assert (problem.code, problem.app, problem.severity, proposal.blocked) == ("SF430", "shop/big", "error", False)
    assert problem.message.startswith("shop/big (P2) has no place in prod/dc1: it needs 1,000,000,000 cores")
    largest = {"a": "b", "b": "a"}[next(iter(hosts(proposal, "pay")))]
    assert problem.message.endswith(
        f"130 cores, 7.9 TiB, 7,930 pods free in all, at most 70 cores, 4.0 TiB, 3,970 pods on {largest}"
    )
    assert "sixfold place --explain shop" in problem.help


def test_an_app_of_a_tier_that_needs_more_clusters_than_there_are_is_left_out_and_its_team_is_not() -> None:
    fleet = one_center(clusters("a", "b"), ALL, {"tiers": {"P0": {"spread": 3}, "P2": {"spread": 1}}})
    proposal = placed(fleet, demand("shop", app(), app("live", tier="P0")))
    assert (unplaced(proposal), codes(proposal), len(hosts(proposal))) == (("shop/live",), ["SF431"], 1)
    assert (
        "shop/live (P0) has no place in prod/dc1: it needs 3 clusters, but 2 of 2 may host it"
        in proposal.diagnostics[0].message
    )


def test_apps_that_fit_one_by_one_but_not_together_are_left_out_from_the_largest_of_the_lowest_tier_on() -> None:
    fleet = one_center(clusters("a"), ALL, ONE)
    apps = (app("one", pods=60), app("two", tier="P1", pods=70), app("three", pods=35), app("four", pods=30))
    assert unplaced(placed(fleet, demand("shop", *apps))) == ("shop/one", "shop/three")
    assert unplaced(placed(fleet, demand("shop", *apps[::2]))) == ()


def test_new_teams_are_left_out_before_placed_ones_and_lower_tiers_and_larger_apps_first() -> None:
    fleet = one_center(clusters("a"), ALL, ONE)
    current = lock_of(shop={"a": 100})
    new = (demand("pay", app(tier="P0", pods=50)), demand("ads", app(pods=10)))
    grown = placed(fleet, demand("shop", app(pods=60)), *new, lock=current)
    assert (hosts(grown), unplaced(grown)) == ({"a": 100}, ("pay/web",))
    fresh = placed(fleet, demand("shop", app(pods=60)), *new)
    assert unplaced(fresh) == ("shop/web",), "all are new: the lowest tier pays, and as few as possible"
    many = placed(fleet, demand("shop", app(pods=60)), demand("pay", app(pods=45)), demand("ads", app(pods=45)))
    assert unplaced(many) == ("shop/web",), "one large app is left out rather than two small ones"


def test_the_lower_tier_is_left_out_where_placed_teams_have_grown() -> None:
    fleet = one_center(clusters("a"), ALL, ONE)
    lock = lock_of(shop={"a": 100}, pay={"a": 100})
    grown = placed(fleet, demand("shop", app(pods=60)), demand("pay", app(tier="P0", pods=50)), lock=lock)
    assert (hosts(grown), hosts(grown, "pay"), unplaced(grown)) == ({"a": 100}, {"a": 100}, ("shop/web",))


def test_a_team_that_no_cluster_may_host_stays_with_its_load_or_gets_no_cluster() -> None:
    teams = {"shop": team(clusterLabels={"gpu": "yes"}), "pay": team()}
    fleet = one_center(clusters("a", "b"), teams, ONE)
    asked = (demand("shop", app(pods=60)), demand("pay", app(pods=70)))
    current = placed(fleet, *asked, lock=lock_of(shop={"a": 100}))
    assert (hosts(current), hosts(current, "pay"), unplaced(current), codes(current)) == (
        {"a": 100},
        {"b": 100},
        (),
        ["SF431"],
    )
    assert (
        "team shop (P2) cannot be placed in prod/dc1 and stays on a: it needs 1 cluster"
        in current.diagnostics[0].message
    )
    new = placed(fleet, *asked)
    assert (hosts(new), codes(new), unplaced(new)) == ({}, ["SF431"], ())
    assert hosts(new, "pay") == hosts(placed(one_center(clusters("a", "b"), {"pay": team()}, ONE), asked[1]), "pay")
    grown = placed(fleet, demand("shop", app(pods=60), app("big", pods=70)), lock=lock_of(shop={"a": 100}))
    assert (hosts(grown), unplaced(grown)) == ({"a": 100}, ("shop/big",)), "its load must fit there all the same"


def test_a_team_on_a_cluster_that_left_the_fleet_stays_on_the_others_with_weights_that_add_up() -> None:
    fleet = one_center(clusters("a", "b"), {"shop": team(clusterLabels={"gpu": "yes"})}, ONE)
    proposal = placed(fleet, demand("shop", app()), lock=lock_of(shop={"a": 20, "b": 20, "gone": 60}))
    assert hosts(proposal) == {"a": 50, "b": 50}
    assert hosts(placed(fleet, lock=lock_of(shop={"gone": 100}))) == {}


def test_a_team_with_an_impossible_pin_stays_or_gets_no_cluster_and_the_others_are_placed() -> None:
    sizes = {"a": sized("a"), "b": sized("b", taints=["x"]), "c": sized("c")}
    fleet = one_center(sizes, {"shop": team(pins=[exception("b")]), "pay": team()}, ONE)
    for lock, row in ((Lock(), {}), (lock_of(shop={"c": 100}), {"c": 100})):
        proposal = placed(fleet, lock=lock)
        assert (hosts(proposal), codes(proposal), proposal.blocked) == (row, ["SF438"], False)
        assert hosts(proposal, "pay")


def test_an_app_that_runs_once_keeps_its_home_without_a_place_and_a_new_one_gets_none() -> None:
    fleet = one_center(clusters("a", "b"), {"shop": team()})
    shop = demand("shop", app(), app("db", spread="home", pods=500), app("new", spread="home", pods=500))
    proposal = placed(fleet, shop, lock=lock_of({"shop/db": "b"}, shop={"a": 50, "b": 50}))
    assert unplaced(proposal) == ("shop/db", "shop/new")
    assert proposal.lock.homes[DC1] == {"shop/db": "b"}


def test_a_team_of_unknown_demand_keeps_its_clusters_and_weights() -> None:
    fleet = one_center(clusters("a", "b", "c"), {"shop": team()})
    lock = lock_of(shop={"a": 70, "b": 30})
    assert hosts(placed(fleet, lock=lock)).keys() == {"a", "b", "c"}
    assert hosts(placed(fleet, lock=lock, frozen={"shop"}, rebalance=True)) == {"a": 70, "b": 30}
    assert hosts(placed(fleet, frozen={"shop"})).keys() == {"a", "b", "c"}, "a new team is placed"


def test_a_held_team_gives_no_app_a_place_that_needs_more_clusters_than_it_has_and_nobody_moves_it() -> None:
    rules = {"tiers": {"P0": {"spread": 2, "stacks": 1}, "P2": {"spread": 1}}}
    fleet = one_center(clusters("a", "b"), ALL, rules)
    lock = lock_of(shop={"a": 100}, pay={"a": 50, "b": 50})
    live = demand("pay", app("live", tier="P0"))
    proposal = placed(fleet, demand("shop", app(), app("p0", tier="P0")), live, lock=lock, frozen={"shop"})
    assert (hosts(proposal), unplaced(proposal), codes(proposal)) == ({"a": 100}, ("shop/p0",), ["SF432"])
    two = lock_of(shop={"a": 50, "b": 50}, pay={"a": 50, "b": 50})
    crowded = placed(fleet, demand("shop", app("p0", tier="P0")), live, lock=two, frozen={"shop"})
    assert (unplaced(crowded), codes(crowded)) == (("shop/p0",), ["SF432"])
    full = placed(
        one_center({"a": sized("a", 100), "b": sized("b", 60)}, ALL, ONE),
        demand("shop", app(pods=40)),
        demand("pay", app("db", tier="P1", spread="home", pods=70)),
        lock=lock_of(shop={"a": 100}),
        frozen={"shop"},
    )
    assert (hosts(full), unplaced(full)) == ({"a": 100}, ("pay/db",))


def test_errors_of_the_fleet_itself_block_the_lock() -> None:
    fleet = one_center({"a": sized("a"), "b": sized("b", state="retired")}, {"shop": team()})
    assert placed(fleet, lock=lock_of(shop={"b": 100})).blocked
    assert placed(one_center(clusters("a"), {"shop": team(bans=[exception("zz")])})).blocked


def test_an_overfull_data_center_ends_and_as_many_apps_as_fit_have_a_place() -> None:
    teams = {f"t{n:03}": team() for n in range(40)}
    proposal = placed(one_center(clusters("a"), teams, ONE), *(demand(name, app(pods=5)) for name in teams))
    assert len(unplaced(proposal)) == 20
    assert len(proposal.lock.hosts[DC1]) == 40


def test_the_lock_lists_apps_without_a_place_and_a_second_placement_changes_nothing() -> None:
    fleet = one_center(clusters("a"), ALL, ONE)
    asked = (demand("shop", app(pods=101)), demand("pay", app(pods=3)))
    lock = placed(fleet, *asked).lock
    assert b'"unplaced": [\n        "shop/web"\n      ]' in dump_lock(lock)
    assert parse_lock(dump_lock(lock), "x").unplaced == {DC1: ("shop/web",)}
    assert dump_lock(placed(fleet, *asked, lock=lock).lock) == dump_lock(lock)
    assert placed(fleet, asked[1], demand("shop", app()), lock=lock).lock.unplaced == {}
    assert (lock.without("shop").unplaced, lock.without("shop", "web").unplaced) == ({}, {})
    assert lock.without("shop", "we").unplaced == lock.without("sho").unplaced == lock.unplaced


IMPOSSIBLE = {
    "pods": app("big", pods=10**9),
    "a home": app("big", spread="home", pods=10**6),
    "a copy on every cluster": app("big", "P1", "every", pods=10**6),
    "a pod on every node": app("big", "P0", "node", cpu=10**6),
    "an API that no cluster serves": app("big", apis=frozenset({"kafka.io/v1"})),
}


@pytest.mark.hypothesis
@pytest.mark.parametrize("kind", IMPOSSIBLE)
def test_an_impossible_app_of_any_team_changes_no_placement(kind) -> None:
    """Random fleets of three kinds of changes; the app comes to a team that is placed, or to one that is new."""
    for number in range(times(6)):
        dice = random.Random(f"{kind} {number}")
        case = changed_fleet(dice, dice.choice(CHANGES))
        if case.before.failed or case.after.failed:
            continue
        name = dice.choice(sorted(case.demands[DC1]))
        own = case.demands[DC1][name]
        further = {DC1: case.demands[DC1] | {name: Demand(name, (*own.apps, IMPOSSIBLE[kind]))}}
        proposal = propose(case.fleet, further, case.before.lock, today=TODAY)
        assert unplaced(proposal) == (f"{name}/big",)
        assert dump_lock(Lock(proposal.lock.hosts, proposal.lock.homes, proposal.lock.copies)) == dump_lock(
            case.after.lock
        )
        assert [d.app for d in proposal.diagnostics if d.severity == "error"] == [f"{name}/big"]
        assert proposal.met == case.demands
