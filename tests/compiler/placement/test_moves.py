"""Moves of a proposal with their reasons, and teams that `sixfold drain` is moving."""

from __future__ import annotations

from sixfold_compiler.placement import Host, Lock
from tests.support.placements import (
    DC1,
    app,
    clusters,
    demand,
    exception,
    hosts,
    lock_of,
    one_center,
    placed,
    sized,
    team,
)

ONE = {"tiers": {"P2": {"spread": 1}}}


def reason(proposal):
    return {m.team: (m.why, m.added) for m in proposal.moves}


def test_moves_of_new_pinned_and_growing_teams_have_a_reason() -> None:
    rules = {"tiers": {"P2": {"spread": 2}}}
    teams = {"new": team(), "pinned": team(pins=[exception("c")]), "wide": team(), "still": team()}
    lock = lock_of(pinned={"a": 50, "b": 50}, wide={"a": 100}, still={"a": 50, "b": 50})
    proposal = placed(one_center(clusters("a", "b", "c", cpu=1000), teams, rules), lock=lock)
    result = reason(proposal)
    assert {name: why for name, (why, _) in result.items()} == {
        "new": "is new here",
        "pinned": "is pinned",
        "wide": "needs more clusters",
    }
    assert "c" in result["pinned"][1]
    assert len(result["new"][1]) == 2
    assert len(result["wide"][1]) == 1


def test_a_missing_cluster_or_permission_is_the_reason() -> None:
    teams = {"shop": team(), "away": team(dataCenters={"prod": ["dc2"]})}
    lock = lock_of(shop={"a": 40, "x": 30, "y": 30}, away={"a": 100}, left={"a": 100})
    proposal = placed(one_center(clusters("a"), teams), lock=lock)
    assert {name: why for name, (why, _) in reason(proposal).items()} == {
        "shop": "x, y left the data center",
        "away": "may not be in this data center",
        "left": "left the fleet",
    }


def test_rebalanced_weights_have_a_reason() -> None:
    fleet = one_center({"a": sized("a", 75), "b": sized("b", 25)})
    assert reason(placed(fleet, lock=lock_of(shop={"a": 50, "b": 50}), rebalance=True)) == {"shop": ("by capacity", ())}


def test_added_and_removed_homes_are_a_move() -> None:
    lock = lock_of({"shop/old": "a", "shop/kept": "b"}, shop={"a": 50, "b": 50})
    apps = (app("kept", spread="home"), app("new", spread="home"))
    (move,) = placed(one_center(clusters("a", "b")), demand("shop", *apps), lock=lock).moves
    assert move.why == "apps that run once came or went"
    assert (move.before, move.added) == (move.after, ())
    assert [(name, was, bool(now)) for name, was, now in move.homes] == [("new", "", True), ("old", "a", False)]


def test_a_team_does_not_return_to_an_evacuated_data_center() -> None:
    """All of its clusters drain. Who is there yet stays until it is its turn."""
    fleet = one_center(clusters("a", "b", state="draining"), {"shop": team(), "gone": team()})
    proposal = placed(fleet, lock=lock_of(shop={"a": 60, "b": 40}))
    assert (hosts(proposal), proposal.lock.hosts[DC1].keys(), proposal.diagnostics) == ({"a": 60, "b": 40}, {"shop"}, ())


MOVING = (Host("a", 30, (60, 0)), Host("b", 40, (40, 40)), Host("c", 30, (0, 60)))


def test_a_moving_team_keeps_its_stage_stopped_apps_and_copies() -> None:
    fleet = one_center(clusters("b", "c") | {"a": sized("a", state="draining")}, rules={"tiers": {"P2": {"spread": 2}}})
    apps = (app("one", spread="home"), app("job", spread="home", kind="Job"), app("still", spread="home"))
    homes = {"shop/one": "c", "shop/job": "", "shop/still": "b", "shop/gone": "b"}
    lock = Lock({DC1: {"shop": MOVING}}, {DC1: homes}, {DC1: {"shop/one": "a", "shop/gone": "a"}})
    proposal = placed(fleet, demand("shop", app(), *apps), lock=lock)
    assert proposal.lock.hosts[DC1] == {"shop": MOVING}
    assert proposal.lock.homes[DC1] == {"shop/one": "c", "shop/job": "", "shop/still": "b"}
    assert proposal.lock.copies == {DC1: {"shop/one": "a"}}, "an app without a manifest has no home and no copy"


def test_a_moving_team_that_must_leave_loses_its_stage() -> None:
    """Its second clusters would be kept for a way that is no more."""
    fleet = one_center(clusters("b", "d") | {"a": sized("a", state="retired")}, rules=ONE)
    lock = Lock({DC1: {"shop": MOVING}}, {DC1: {"shop/one": "b"}}, {DC1: {"shop/one": "a"}})
    proposal = placed(fleet, demand("shop", app("one", spread="home")), lock=lock)
    assert not any(h.move for h in proposal.lock.row(DC1, "shop"))
    assert proposal.lock.copies == {}
    assert proposal.lock.homes[DC1] == {"shop/one": "b"}
