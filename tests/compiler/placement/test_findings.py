"""What is in the way of a placement, in words: the constraint, its figures, and what to do."""

from __future__ import annotations

import pytest

from compiler.diagnostics import DiagnosticError
from compiler.placement.why import why
from tests.compiler.placement.fleets import DC1, TODAY, app, demand, one_center
from tests.compiler.placement.test_propose import clusters, codes, exception, lock_of, placed, sized, team

ONE = {"tiers": {"P2": {"spread": 1}}}


def test_a_cluster_that_is_kept_for_a_team_nobody_knows_is_told_with_the_nearest_name() -> None:
    fleet = one_center({"a": sized("a"), "b": sized("b", dedicated={"teams": ["shpo", "shop"], "tiers": ["P0"]})})
    (found,) = placed(fleet).diagnostics
    assert (found.code, found.message) == ("SF439", "cluster prod/dc1/b is dedicated to the unknown team 'shpo'")
    assert "shop" in found.help


def test_what_runs_on_every_host_and_node_counts_against_the_quota() -> None:
    """Two hosts of five nodes each: 2 x 3 cores of what is everywhere, 10 x 2 of what is on every node."""
    nodes = {n: sized(n) | {"capacity": {"cpu": 100, "memory": "4Ti", "pods": 500, "nodes": 5}} for n in "ab"}
    apps = (app("copy", spread="every", pods=3), app("agent", spread="node", cpu=2))
    quota = {"cpu": 25, "memory": "4Ti", "pods": 1000}
    (found,) = placed(one_center(nodes, {"shop": team(quota=quota)}), demand("shop", *apps)).diagnostics
    assert (found.code, found.severity) == ("SF436", "warning")
    assert "may ask for 26 cores" in found.message
    assert codes(placed(one_center(nodes, {"shop": team(quota=quota | {"cpu": 26})}), demand("shop", *apps))) == []


@pytest.mark.parametrize(("more", "told"), [({}, "quota"), ({"quotas": {"prod": {"cpu": 1, "memory": "4Ti", "pods": 9}}}, "quotas")])
def test_the_quota_that_is_too_small_is_the_one_of_the_environment_where_it_has_one(more, told) -> None:
    small = team(quota={"cpu": 2, "memory": "4Ti", "pods": 1000}, **more)
    (found,) = placed(one_center(clusters("a"), {"shop": small}), demand("shop", app(pods=3))).diagnostics
    assert found.code == "SF436"
    assert ("its quota is 1.0 cores" in found.message) == (told == "quotas")


def test_what_a_team_needs_in_all_counts_its_homes_and_a_copy_for_each_host() -> None:
    """110 divided, 20 at home, and 5 on each of two hosts; no more than 20 are free of each."""
    tiers = {"tiers": {"P2": {"spread": 2}}}
    apps = (app(pods=110), app("db", spread="home", pods=20), app("copy", spread="every", pods=5))
    (found,) = placed(one_center(clusters("a", "b", cpu=20), rules=tiers), demand("shop", *apps)).diagnostics
    assert found.code == "SF430"
    assert "it needs 140 cores" in found.message
    assert "have 40 cores" in found.message


def test_every_cluster_has_its_reason_and_only_the_first_ones_stand_in_the_help() -> None:
    names = ("a", "b", "c", "d", "e")
    (found,) = placed(one_center(clusters(*names, cpu=10)), demand("shop", app("db", spread="home", pods=20))).diagnostics
    assert [line.partition(":")[0] for line in found.detail.splitlines()] == list(names)
    assert found.help.endswith(" | and 2 more")
    assert "sixfold place --explain shop" in found.help


def test_a_retired_cluster_is_told_with_the_first_of_its_teams() -> None:
    names = [f"t{n}" for n in range(7)]
    fleet = one_center(
        {"a": sized("a"), "b": sized("b", state="retired"), "c": sized("c", state="retired")}, {n: team() for n in names}
    )
    made = placed(fleet, lock=lock_of(**{n: {"a": 50, "b": 50} for n in names}))
    (found,) = (d for d in made.diagnostics if d.code == "SF427")
    assert found.message == "the cluster prod/dc1/b is retired, and still hosts t0, t1, t2, t3, t4 and 2 more"


def test_a_pin_to_a_cluster_that_drains_is_refused_because_it_takes_no_more_teams() -> None:
    fleet = one_center({"a": sized("a"), "b": sized("b", state="draining")}, {"shop": team(pins=[exception("b")])})
    (found,) = placed(fleet).diagnostics
    assert (found.code, found.message.rpartition(": ")[2]) == ("SF438", "it takes no more teams")
    stays = placed(fleet, lock=lock_of(shop={"a": 50, "b": 50}))
    assert codes(stays) == [], "where it is already, it may stay"


def reasons(fleet, *demands, lock, at="", name="shop"):
    found = why(fleet, {DC1: {d.team: d for d in demands}}, lock, name, today=TODAY, at=at)
    return {v.cluster: {c.constraint: c for c in v.checks} for v in found.get(DC1, ())}


def test_a_team_or_a_place_that_does_not_exist_is_told() -> None:
    fleet = one_center(clusters("a"))
    for name, at, told in (
        ("shpo", "", "the fleet has no team 'shpo'"),
        ("shop", "prod/dc9", "team shop may not run at 'prod/dc9'"),
        ("shop", "prod/dc", "team shop may not run at 'prod/dc'"),
    ):
        with pytest.raises(DiagnosticError) as caught:
            reasons(fleet, lock=lock_of(), at=at, name=name)
        assert [(d.code, d.message) for d in caught.value.diagnostics] == [("SF422", told)]
    assert "shop" in reasons_help(fleet)
    assert reasons(fleet, lock=lock_of(), at="/prod/dc1/").keys() == {"a"}


def reasons_help(fleet):
    with pytest.raises(DiagnosticError) as caught:
        reasons(fleet, lock=lock_of(), name="shpo")
    return caught.value.diagnostics[0].help


def test_a_team_that_may_run_nowhere_is_told() -> None:
    with pytest.raises(DiagnosticError) as caught:
        reasons(one_center(clusters("a"), {"shop": team(dataCenters={})}), lock=lock_of())
    assert caught.value.diagnostics[0].message == "team shop may run nowhere"


def test_a_pin_and_a_choice_are_reasons_as_well() -> None:
    teams = {"shop": team(pins=[exception("b")]), "late": team()}
    fleet = one_center(clusters("a", "b", "c"), teams, ONE)
    lock = lock_of(shop={"b": 100})
    found = reasons(fleet, demand("shop", app(pods=10)), lock=lock)
    assert found["b"]["pin"].figures == "the team is pinned to it"
    assert found["a"]["choice"].figures == (
        "it could take the team, which needs 1 and is on b already: what is well placed stays"
    )
    assert "pin" not in found["a"]
    new = reasons(fleet, lock=lock, name="late")
    assert {v["choice"].figures for v in new.values()} == {"it could take the team"}


def test_what_must_survive_a_loss_is_told_with_the_loss_that_is_worst() -> None:
    rules = {"tiers": {"P0": {"survivesLoss": True, "stacks": 2}}}
    fleet = one_center({"a": sized("a", 100), "b": sized("b", 100), "c": sized("c", 50)}, rules=rules)
    lock = lock_of(shop={"a": 40, "b": 40, "c": 20})
    found = reasons(fleet, demand("shop", app(tier="P0", pods=100)), lock=lock)
    assert found["c"]["loss"].figures.startswith("with a lost, P0 would use 33 cores")
    assert found["c"]["stacks"].figures == "0 of at most 2 stacks of P0; this one is shop"
    assert found["c"]["loss"].met


def test_of_a_single_cluster_no_loss_is_told_since_nothing_would_be_left() -> None:
    fleet = one_center(clusters("a"), rules={"tiers": {"P1": {"survivesLoss": True}}})
    found = reasons(fleet, demand("shop", app(tier="P1")), lock=lock_of(shop={"a": 100}))
    assert "loss" not in found["a"]
