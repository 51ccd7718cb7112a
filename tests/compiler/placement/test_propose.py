"""Proposals: an example for every rule of the fleet, and diagnostics with figures for rules that cannot be met."""

from __future__ import annotations

import datetime as dt

import pytest

from sixfold_compiler.model.addresses import Target
from sixfold_compiler.model.quantities import Resources
from sixfold_compiler.placement.reasons import explain_team
from tests.support.placements import (
    DC1,
    TODAY,
    app,
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


def test_without_rules_every_active_cluster_hosts_every_team_by_its_cpu() -> None:
    proposal = placed(one_center({"b": sized("b", 80), "a": sized("a", 120)}))
    assert hosts(proposal) == {"a": 60, "b": 40}
    assert codes(proposal) == []


def test_a_team_without_apps_is_placed_so_that_its_namespace_exists() -> None:
    rules = {"tiers": {"P2": {"spread": 1}}}
    assert len(hosts(placed(one_center(clusters("a", "b"), rules=rules)))) == 1


@pytest.mark.parametrize("state", ["draining", "standby", "retired"])
def test_only_active_clusters_take_teams(state) -> None:
    fleet = one_center({"a": sized("a"), "b": sized("b", state=state)})
    assert hosts(placed(fleet)) == {"a": 100}


def test_a_draining_cluster_keeps_what_it_has_with_its_weight() -> None:
    fleet = one_center({"a": sized("a"), "b": sized("b", state="draining")}, {"shop": team(), "pay": team()})
    proposal = placed(fleet, lock=lock_of(shop={"a": 100, "b": 0}))
    assert (hosts(proposal), hosts(proposal, "pay")) == ({"a": 100, "b": 0}, {"a": 100})


def test_a_retired_cluster_that_hosts_something_is_refused() -> None:
    fleet = one_center({"a": sized("a"), "b": sized("b", state="retired")})
    proposal = placed(fleet, lock=lock_of(shop={"a": 50, "b": 50}))
    assert (codes(proposal), proposal.failed) == (["SF427"], True)
    assert "still hosts shop" in proposal.diagnostics[0].message


def test_a_standby_cluster_is_used_only_when_no_active_one_has_room_and_the_proposal_says_so() -> None:
    rules = {"tiers": {"P2": {"spread": 1}}}
    fleet = one_center({"a": sized("a"), "b": sized("b", state="standby")}, rules=rules)
    fits = placed(fleet, demand("shop", app(pods=90)))
    assert (hosts(fits), fits.standby) == ({"a": 100}, {})
    full = placed(fleet, demand("shop", app(pods=150)))
    assert (hosts(full), full.standby) == ({"a": 50, "b": 50}, {"prod/dc1/b": "shop"})


def test_a_team_that_does_not_fit_is_reported_with_the_needed_and_the_free_amount() -> None:
    proposal = placed(one_center(clusters("a", "b"), rules={"headroom": {"cpu": 0.1}}), demand("shop", app(pods=190)))
    (problem,) = proposal.diagnostics
    assert problem.code == "SF430"
    assert "190 cores" in problem.message
    assert "180 cores" in problem.message
    assert problem.message.endswith(", at most 90 cores, 4.0 TiB, 4,000 pods on a")
    assert (problem.app, proposal.failed, proposal.blocked) == ("shop/web", True, False)
    assert (hosts(proposal), proposal.lock.unplaced) == ({"a": 50, "b": 50}, {DC1: ("shop/web",)})


@pytest.mark.parametrize(
    ("capacity", "pods"),
    [({"cpu": 10}, 11), ({"memory": "10Gi"}, 11), ({"pods": 10}, 11)],
    ids=["cpu", "memory", "pods"],
)
def test_each_resource_bounds_what_fits(capacity, pods) -> None:
    cluster = sized("a")
    cluster["capacity"] |= capacity
    assert codes(placed(one_center({"a": cluster}), demand("shop", app(pods=pods)))) == ["SF430"]
    assert codes(placed(one_center({"a": cluster}), demand("shop", app(pods=10)))) == []


def test_a_team_takes_more_clusters_than_its_tier_asks_for_when_it_is_too_large_for_fewer() -> None:
    proposal = placed(
        one_center(clusters("a", "b", "c"), rules={"tiers": {"P2": {"spread": 1}}}), demand("shop", app(pods=190))
    )
    assert len(hosts(proposal)) == 2


def test_a_tier_spreads_over_as_many_clusters_as_the_fleet_says_or_it_is_a_diagnostic() -> None:
    rules = {"tiers": {"P0": {"spread": 3}}}
    wide = placed(one_center(clusters("a", "b", "c", "d"), rules=rules), demand("shop", app(tier="P0")))
    assert len(hosts(wide)) == 3
    narrow = placed(one_center(clusters("a", "b"), rules=rules), demand("shop", app(tier="P0")))
    assert codes(narrow) == ["SF431"]
    assert "needs 3 clusters, but 2 of 2 may host it" in narrow.diagnostics[0].message


def test_a_cluster_holds_no_more_stacks_of_a_tier_than_the_fleet_says() -> None:
    rules = {"tiers": {"P0": {"spread": 1, "stacks": 1}}}
    apart = {"shop": team(), "pay": team()}
    proposal = placed(one_center(clusters("a", "b"), apart, rules), *(demand(t, app(tier="P0")) for t in apart))
    assert hosts(proposal, "shop").keys().isdisjoint(hosts(proposal, "pay"))
    together = {"shop": team(stack="web"), "pay": team(stack="web")}
    rules["tiers"]["P0"]["spread"] = 2
    proposal = placed(one_center(clusters("a", "b"), together, rules), *(demand(t, app(tier="P0")) for t in together))
    assert hosts(proposal, "shop") == hosts(proposal, "pay") == {"a": 50, "b": 50}
    proposal = placed(one_center(clusters("a", "b"), apart, rules), *(demand(t, app(tier="P0")) for t in apart))
    assert codes(proposal) == ["SF432"]


def test_what_must_survive_a_loss_is_not_placed_where_it_would_not() -> None:
    rules = {"tiers": {"P0": {"survivesLoss": True}}}
    fleet = one_center(clusters("a", "b", "c"), rules=rules)
    assert codes(placed(fleet, demand("shop", app(tier="P0", pods=190)))) == []
    assert codes(placed(fleet, demand("shop", app(tier="P0", pods=210)))) == ["SF433"]
    assert codes(placed(fleet, demand("shop", app(tier="P1", pods=210)))) == []


def test_what_must_survive_a_loss_is_on_two_clusters_at_least() -> None:
    fleet = one_center(clusters("a"), rules={"tiers": {"P0": {"survivesLoss": True}}})
    assert codes(placed(fleet, demand("shop", app(tier="P0")))) == ["SF431"]


@pytest.mark.parametrize(
    ("special", "who"),
    [
        ({"dedicated": {"teams": ["pay"]}}, {}),
        ({"dedicated": {"tiers": ["P0"]}}, {"pay": app(tier="P0")}),
        ({"taints": ["gpu"]}, {}),
    ],
    ids=["team", "tier", "taint"],
)
def test_a_cluster_that_is_kept_for_some_takes_no_others(special, who) -> None:
    teams = {"shop": team(), "pay": team(tolerates=["gpu"])}
    fleet = one_center({"a": sized("a"), "b": sized("b", **special)}, teams)
    proposal = placed(fleet, *(demand(name, item) for name, item in who.items()))
    assert (hosts(proposal, "shop"), hosts(proposal, "pay")) == ({"a": 100}, {"a": 50, "b": 50})


def test_a_team_that_needs_labels_or_apis_goes_where_they_are() -> None:
    fleet = one_center(
        {"a": sized("a"), "b": sized("b", labels={"gpu": "yes"}), "c": sized("c", apis=["kafka.io/v1"])},
        {"shop": team(clusterLabels={"gpu": "yes"}), "pay": team()},
    )
    proposal = placed(fleet, demand("pay", app(apis=frozenset({"kafka.io/v1"}))))
    assert (hosts(proposal, "shop"), hosts(proposal, "pay")) == ({"b": 100}, {"c": 100})


def test_pins_and_bans_hold_until_their_last_day() -> None:
    teams = {"shop": team(pins=[exception("b", "2026-12-31")]), "pay": team(bans=[exception("b", "2026-12-31")])}
    rules = {"tiers": {"P2": {"spread": 1}}}
    fleet = one_center(clusters("b") | clusters("a", cpu=10**6), teams, rules)
    for day in (TODAY, dt.date(2026, 12, 31)):
        proposal = placed(fleet, today=day)
        assert (hosts(proposal), hosts(proposal, "pay"), codes(proposal)) == ({"b": 100}, {"a": 100}, [])
    late = placed(fleet, today=dt.date(2027, 1, 1))
    assert hosts(late) == {"a": 100}
    assert codes(late) == ["SF437", "SF437"]
    assert not late.failed
    assert "expired on 2026-12-31" in late.diagnostics[0].message


def test_an_expired_pin_moves_nobody() -> None:
    fleet = one_center(
        clusters("a", "b"), {"shop": team(pins=[exception("b", "2020-01-01")])}, {"tiers": {"P2": {"spread": 1}}}
    )
    assert hosts(placed(fleet, lock=lock_of(shop={"b": 100}))) == {"b": 100}


def test_a_pin_that_cannot_be_obeyed_and_names_of_nobody_are_diagnostics() -> None:
    teams = {"shop": team(pins=[exception("b")], bans=[exception("zz")])}
    codes_found = codes(placed(one_center({"a": sized("a"), "b": sized("b", taints=["x"])}, teams)))
    assert sorted(codes_found) == ["SF438", "SF439"]


def test_a_service_has_fewer_pods_on_a_cluster_than_the_fleet_says_also_after_a_loss() -> None:
    rules = {"podsPerService": 100}
    fleet = one_center(clusters("a", "b", "c", cpu=10000), rules=rules)
    assert codes(placed(fleet, demand("shop", app(pods=290)))) == []
    assert codes(placed(fleet, demand("shop", app(pods=300)))) == ["SF435"]
    assert codes(placed(fleet, demand("shop", app(pods=190, scaled=True)))) == []
    assert codes(placed(fleet, demand("shop", app(pods=210, scaled=True)))) == ["SF435"]


def test_demand_over_the_quota_is_a_warning() -> None:
    small = {"shop": team(quota={"cpu": 40, "memory": "80Gi", "pods": 200})}
    proposal = placed(one_center(clusters("a", cpu=1000), small), demand("shop", app(pods=50)))
    assert (codes(proposal), proposal.failed) == (["SF436"], False)


def test_a_fleet_can_reserve_quotas() -> None:
    teams = {name: team(quota={"cpu": 40, "memory": "80Gi", "pods": 200}) for name in ("shop", "pay", "search")}
    assert codes(placed(one_center(clusters("a"), teams))) == []
    assert codes(placed(one_center(clusters("a"), teams, {"reserve": 1}))) == ["SF430"]


def test_a_large_team_gets_room_when_another_one_moves() -> None:
    """Both small teams are on the only cluster that can hold the large one; one move is enough."""
    teams = {name: team() for name in ("large", "one", "two")}
    fleet = one_center(
        {"a": sized("a", 100), "b": sized("b", 60)}, teams, {"tiers": {"P2": {"spread": 1}, "P1": {"spread": 1}}}
    )
    pinned = demand("large", app(tier="P1", pods=70, spread="home"))
    proposal = placed(
        fleet,
        pinned,
        demand("one", app(pods=30)),
        demand("two", app(pods=30)),
        lock=lock_of(one={"a": 100}, two={"a": 100}),
    )
    assert codes(proposal) == []
    assert hosts(proposal, "large") == {"a": 100}
    assert sorted(next(iter(hosts(proposal, name))) for name in ("one", "two")) == ["a", "b"]


def test_weights_follow_room_when_capacity_alone_would_overfill_a_cluster() -> None:
    teams = {"shop": team(), "old": team(pins=[exception("a")])}
    fleet = one_center(clusters("a", "b"), teams, {"tiers": {"P2": {"spread": 1}, "P1": {"spread": 2}}})
    proposal = placed(
        fleet, demand("old", app(pods=60)), demand("shop", app(tier="P1", pods=100)), lock=lock_of(old={"a": 100})
    )
    assert hosts(proposal)["a"] <= 40
    assert sum(hosts(proposal).values()) == 100


def test_a_home_stays_when_clusters_come_and_weights_change() -> None:
    shop = demand("shop", app("db", spread="home"))
    before = placed(one_center(clusters("a")), shop)
    assert before.lock.homes[DC1] == {"shop/db": "a"}
    after = placed(one_center(clusters("a", "b", "c", "d")), shop, lock=before.lock)
    assert after.lock.homes[DC1] == {"shop/db": "a"}


def test_a_new_app_of_a_team_on_one_cluster_has_its_home_there_as_compile_takes_it() -> None:
    proposal = placed(
        one_center(clusters("a", "b", "c")), demand("shop", app("db", spread="home")), lock=lock_of(shop={"b": 100})
    )
    assert proposal.lock.homes[DC1] == {"shop/db": "b"}


def test_weights_stay_until_a_rebalance() -> None:
    fleet = one_center({"a": sized("a", 75), "b": sized("b", 25)})
    lock = lock_of(shop={"a": 50, "b": 50})
    assert hosts(placed(fleet, lock=lock)) == {"a": 50, "b": 50}
    assert hosts(placed(fleet, lock=lock, rebalance=True)) == {"a": 75, "b": 25}


def test_capacity_that_was_read_live_counts_in_place_of_the_fleet_s() -> None:
    live = {Target("prod", "dc1", "a"): Resources(10_000, 2**40, 100)}
    proposal = placed(one_center(clusters("a")), demand("shop", app(pods=11)), live=live)
    assert codes(proposal) == ["SF430"]


def test_a_team_that_left_the_fleet_is_placed_no_more() -> None:
    proposal = placed(one_center(clusters("a")), lock=lock_of(shop={"a": 100}, gone={"a": 100}))
    assert [(m.team, m.why) for m in proposal.moves] == [("gone", "left the fleet")]
    assert "gone" not in proposal.lock.hosts[DC1]


def test_the_reasons_for_one_team_have_figures_for_every_cluster() -> None:
    teams = {"shop": team(bans=[exception("c")]), "pay": team()}
    fleet = one_center(
        clusters("a", "b", "c") | {"d": sized("d", taints=["gpu"])}, teams, {"tiers": {"P2": {"spread": 1}}}
    )
    demands = {DC1: {"shop": demand("shop", app(pods=80)), "pay": demand("pay", app(pods=40))}}
    verdicts = explain_team(fleet, demands, lock_of(shop={"a": 100}, pay={"b": 100}), "shop", today=TODAY)
    text = {v.cluster: " ".join(f"{c.constraint}={c.met} {c.figures}" for c in v.checks) for v in verdicts[DC1]}
    assert [v.weight for v in verdicts[DC1]] == [100, None, None, None]
    assert "needs 80 cores" in text["a"]
    assert "60 cores" in text["b"]
    assert "ban=False for a test" in text["c"]
    assert "taints=False it has gpu" in text["d"]


def test_nobody_is_on_a_cluster_that_is_left_and_nobody_else_moves() -> None:
    teams = {"shop": team(), "pay": team()}
    fleet = one_center(clusters("a", "b", "c"), teams, {"tiers": {"P2": {"spread": 1}}})
    lock = lock_of({"shop/db": "a"}, shop={"a": 100}, pay={"b": 100})
    proposal = placed(fleet, demand("shop", app("db", spread="home")), lock=lock, leave=[Target("prod", "dc1", "a")])
    assert hosts(proposal).keys() < {"b", "c"}
    assert proposal.lock.homes[DC1]["shop/db"] in hosts(proposal)
    assert [(m.team, m.why) for m in proposal.moves] == [("shop", "may not stay on a")]
