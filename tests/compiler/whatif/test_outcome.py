"""Summaries of an outcome: sums over clusters and teams, changes, and parts of the fleet."""

from __future__ import annotations

import copy
from fractions import Fraction
from pathlib import Path

from sixfold_compiler.model.addresses import Cell, Target
from sixfold_compiler.model.quantities import Resources
from sixfold_compiler.placement import Lock
from sixfold_compiler.whatif import (
    ClusterLoad,
    Scenario,
    broken_apps,
    every_loss,
    loss_problems,
    simulate,
    single_losses,
)
from sixfold_compiler.whatif.outcome import amount_of
from tests.support.placements import fleet_input
from tests.support.snapshots import check_snapshot
from tests.support.worlds import DC1, DC2, A, B, World, app, pieces, three, world

SNAPSHOTS = Path(__file__).parent / "snapshots"

MIB = 2**20


def test_a_cluster_is_as_full_as_its_fullest_resource_and_full_where_it_has_nothing_and_is_asked_for_any() -> None:
    load = ClusterLoad(
        Resources(1000, 100, 10), Resources(800, 80, 8), lost=False,
        before={"P0": Resources(100, 10, 1)}, after={"P0": Resources(200, 50, 1), "P1": Resources(300, 20, 1)},
    )  # fmt: skip
    assert load.total("after") == Resources(500, 70, 2)
    assert load.fullness() == 0.7
    assert load.fullness("before") == 0.1
    assert load.fullness("pending") == 0
    none = ClusterLoad(Resources(), Resources(), lost=True, before={"P0": Resources(1, 1, 1)}, after={})
    assert (none.fullness("before"), none.fullness()) == (1, 0), "of nothing nothing is used, or all of it"


def test_within_matches_complete_names_of_environments_and_data_centers() -> None:
    rows = {name: {"shop": {f"{name}-a": 100}} for name in ("dc1", "dc10")}
    apps = {name: {"shop": [app("web")]} for name in rows}
    outcome = simulate(*world({"dc1": {"dc1-a": 10}, "dc10": {"dc10-a": 10}}, rows, apps), Scenario())
    assert set(outcome.within("prod").cells) == {DC1, Cell("prod", "dc10")}
    part = outcome.within("/prod/dc1/")
    assert (set(part.cells), set(part.clusters), part.scenario) == ({DC1}, {A}, outcome.scenario)
    assert not outcome.within("pro").cells


def test_what_changes_is_where_something_is_lost_stops_is_refused_or_carries_more_or_less() -> None:
    rows = {"dc1": {"shop": {"dc1-a": 100}}, "dc2": {"pay": {"dc2-a": 100}}}
    apps = {"dc1": {"shop": [app("web")]}, "dc2": {"pay": [app("cards")]}}
    small = world({"dc1": {"dc1-a": 100, "dc1-z": 100}, "dc2": {"dc2-a": 100}}, rows, apps)
    z = Target("prod", "dc1", "dc1-z")
    assert simulate(*small, Scenario()).changed == set()
    assert simulate(*small, Scenario(frozenset({z}))).changed == {DC1}
    assert simulate(*small, Scenario(teams={"pay": Fraction(1, 2)})).changed == {DC2}
    tight = world({"dc1": {"dc1-a": 5}, "dc2": {"dc2-a": 100}}, rows, apps)
    assert simulate(*tight, Scenario()).changed == {DC1}, "it is too small for what it has to carry already"


def test_a_team_is_summed_over_its_clusters_with_the_reasons_for_what_is_not_carried() -> None:
    """dc1-c is lost with a fifth of web's 80 pods; it was the home of `once`, and `copy` runs on all three."""
    rows = {"dc1": {"shop": {"dc1-a": 50, "dc1-b": 30, "dc1-c": 20}, "pay": {"dc1-a": 100}}}
    apps = {
        "dc1": {
            "shop": [app("web", "P1", pods=80), app("once", "P0", "home", pods=2), app("copy", "P2", "every", pods=1)],
            "pay": [app("cards", "P2", pods=50, scaled=True)],
        }
    }
    clusters = {"dc1": {"dc1-a": 80, "dc1-b": 80, "dc1-c": 80}}
    small = world(clusters, rows, apps, {"dc1": {"shop/once": "dc1-c"}})
    outcome = simulate(*small, Scenario(frozenset({Target("prod", "dc1", "dc1-c")})))
    pay, shop = outcome.teams()
    assert (shop.cell, shop.team, shop.tier) == (DC1, "shop", "P0")
    assert shop.before == Resources(80_000 + 2_000 + 3_000, 85 * 256 * MIB, 85)
    assert shop.asked.cpu == 80_000 + 2_000 + 2_000
    assert shop.pods == 80 + 2 + 2
    # On dc1-a 40 of web leave 40 of 80 cores to P2, which are 50 pods of pay and a copy: each of them loses 11/51.
    assert shop.refused == {"fixed": 16, "preempted": Fraction(11, 51), "stopped": 2}
    assert shop.running.cpu == 40_000 + 24_000 + 1_785
    assert (pay.tier, pay.asked.cpu, pay.refused) == ("P2", 50_000, {"preempted": Fraction(550, 51)})
    assert pay.running.cpu == 39_216


def test_sums_are_rounded_up_once_at_the_end() -> None:
    third = (Fraction(1, 3), Resources(10, 100, 1))
    assert amount_of([third] * 3) == Resources(10, 100, 1)
    assert amount_of([third]) == Resources(4, 34, 1)
    assert amount_of([(Fraction(0), Resources(10, 10, 10))]) == Resources()
    assert amount_of([]) == Resources()


def test_a_host_of_weight_0_gets_no_traffic_from_a_loss_either() -> None:
    rows = {"dc1": {"shop": {"dc1-a": 0, "dc1-b": 60, "dc1-c": 40}}}
    small = world(
        {"dc1": dict.fromkeys(("dc1-a", "dc1-b", "dc1-c"), 100)}, rows, {"dc1": {"shop": [app("web", pods=10)]}}
    )
    assert {c: p.asked for c, p in pieces(simulate(*small, Scenario(frozenset({B})))).items()} == {
        "dc1-b": 0,
        "dc1-c": 10,
    }


def test_who_is_in_the_lock_and_not_in_the_fleet_carries_nothing() -> None:
    small = three(app("web", pods=100))
    fields = Lock({**small.lock.hosts, DC1: {**small.lock.hosts[DC1], "gone": small.lock.hosts[DC1]["shop"]}})
    demands = {DC1: {**small.demands[DC1], "gone": small.demands[DC1]["shop"]}}
    assert simulate(small.fleet, demands, fields, Scenario()) == simulate(*small, Scenario())


def two_centers(cores, **fields):
    """Return two data centers with the same app, and one with an app on its own clusters."""
    rows = {dc: {"shop": {f"{dc}-a": 50, f"{dc}-b": 50}} for dc in ("dc1", "dc2")}
    apps = {dc: {"shop": [app("web", pods=100, scaled=True), app("batch", "P2", pods=5)]} for dc in rows}
    clusters = {dc: dict.fromkeys((f"{dc}-a", f"{dc}-b"), cores) for dc in rows}
    return World(*world(clusters, rows, apps, **fields))


def test_single_losses_are_the_clusters_or_data_centers_below_a_place() -> None:
    small = two_centers(100)
    b = Target("prod", "dc2", "dc2-b")
    assert single_losses(small.fleet, at="/prod/dc2/") == {
        "prod/dc2/dc2-a": frozenset({Target("prod", "dc2", "dc2-a")}),
        "prod/dc2/dc2-b": frozenset({b}),
    }
    full = single_losses(small.fleet, centers=True)
    assert sorted(full) == ["prod/dc1", "prod/dc2"]
    assert b in full["prod/dc2"]
    assert not single_losses(small.fleet, centers=True, at="prod/dc")


def test_a_retired_cluster_cannot_be_lost() -> None:
    data = copy.deepcopy(two_centers(100).fleet.data)
    data["environments"]["prod"]["dataCenters"]["dc1"]["clusters"]["dc1-b"]["state"] = "retired"
    assert sorted(single_losses(fleet_input(data))) == ["prod/dc1/dc1-a", "prod/dc2/dc2-a", "prod/dc2/dc2-b"]


def test_a_lost_data_center_is_felt_by_the_others_and_one_cluster_of_it_is_not() -> None:
    """dc2 of 60 cores carries its own 100 pods and none of another 100."""
    small = two_centers(60)
    losses = {loss.name: loss for loss in every_loss(*small, Scenario(), single_losses(small.fleet, centers=True))}
    assert [(str(b.cell), b.app) for b in losses["prod/dc1"].broken] == [("prod/dc2", "web")]
    item = {loss.name: loss for loss in every_loss(*small, Scenario(), single_losses(small.fleet))}
    assert {str(b.cell) for b in item["prod/dc1/dc1-a"].broken} == {"prod/dc1"}
    base = Scenario(frozenset({A}))
    others = {loss.name: loss for loss in every_loss(*small, base, single_losses(small.fleet))}
    assert {str(b.cell) for b in others["prod/dc1/dc1-b"].broken} == {"prod/dc2"}, "then dc1 is lost as a whole"


def test_only_the_highest_tier_breaks_and_an_app_that_stops_is_broken_with_all_it_had() -> None:
    apps = [app("web", "P0", "home", pods=3), app("batch", "P2", "home", pods=4)]
    small = three(*apps, homes={"dc1": {"shop/web": "dc1-b", "shop/batch": "dc1-b"}})
    outcome = simulate(*small, Scenario(frozenset({B})))
    (web,) = broken_apps(outcome)
    assert (web.app, web.refused, web.pods) == ("web", {"stopped": 3}, 3)
    check_snapshot(f"{web.text}\n", SNAPSHOTS / "broken-app.txt")


def test_an_app_broken_by_load_alone_has_one_finding_for_all_cells() -> None:
    small = two_centers(50)
    base = Scenario(frozenset({A}), Fraction(3, 2), {"shop": Fraction(11, 10)})
    losses = list(every_loss(*small, base, single_losses(small.fleet, at="prod/dc2")))
    (problem,) = (d for d in loss_problems(losses, lambda _: None, base) if d.code == "SF462")
    assert "prod/dc1/dc1-a breaks shop/web (P0) in prod/dc1, " in problem.message
    assert problem.message.endswith("; and in prod/dc2")
    assert "--lose prod/dc1/dc1-a --load 1.5 --team-load shop=1.1 --at prod/dc1` shows all" in problem.help
    assert loss_problems([], lambda _: None, base) == []
