"""The moves of a proposal with their reasons; and moves that `sixfold drain` has begun, which a proposal keeps."""

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


def reasons(proposal):
    return {m.team: (m.why, m.added) for m in proposal.moves}


def test_a_new_team_a_pinned_one_and_one_that_needs_more_clusters_say_so() -> None:
    rules = {"tiers": {"P2": {"spread": 2}}}
    teams = {"new": team(), "pinned": team(pins=[exception("c")]), "wide": team(), "still": team()}
    lock = lock_of(pinned={"a": 50, "b": 50}, wide={"a": 100}, still={"a": 50, "b": 50})
    proposal = placed(one_center(clusters("a", "b", "c", cpu=1000), teams, rules), lock=lock)
    changes = reasons(proposal)
    assert {name: why for name, (why, _) in changes.items()} == {
        "new": "is new here",
        "pinned": "is pinned",
        "wide": "needs more clusters",
    }
    assert "c" in changes["pinned"][1]
    assert len(changes["new"][1]) == 2
    assert len(changes["wide"][1]) == 1


def test_a_cluster_or_a_right_that_is_gone_is_the_reason() -> None:
    teams = {"shop": team(), "away": team(dataCenters={"prod": ["dc2"]})}
    lock = lock_of(shop={"a": 40, "x": 30, "y": 30}, away={"a": 100}, left={"a": 100})
    proposal = placed(one_center(clusters("a"), teams), lock=lock)
    assert {name: why for name, (why, _) in reasons(proposal).items()} == {
        "shop": "x, y left the data center",
        "away": "may not be in this data center",
        "left": "left the fleet",
    }


def test_weights_that_are_set_by_capacity_again_say_so() -> None:
    fleet = one_center({"a": sized("a", 75), "b": sized("b", 25)})
    assert reasons(placed(fleet, lock=lock_of(shop={"a": 50, "b": 50}), rebalance=True)) == {
        "shop": ("by capacity", ())
    }


def test_homes_that_come_and_go_with_apps_are_a_move_without_other_hosts() -> None:
    lock = lock_of({"shop/old": "a", "shop/kept": "b"}, shop={"a": 50, "b": 50})
    apps = (app("kept", spread="home"), app("new", spread="home"))
    (move,) = placed(one_center(clusters("a", "b")), demand("shop", *apps), lock=lock).moves
    assert move.why == "apps that run once came or went"
    assert (move.before, move.added) == (move.after, ())
    assert [(name, was, bool(now)) for name, was, now in move.homes] == [("new", "", True), ("old", "a", False)]


def test_who_has_left_a_data_center_that_is_evacuated_does_not_come_back() -> None:
    """All of its clusters drain. Teams that are still there stay until their own turn."""
    fleet = one_center(clusters("a", "b", state="draining"), {"shop": team(), "gone": team()})
    proposal = placed(fleet, lock=lock_of(shop={"a": 60, "b": 40}))
    assert (hosts(proposal), proposal.lock.hosts[DC1].keys(), proposal.diagnostics) == (
        {"a": 60, "b": 40},
        {"shop"},
        (),
    )


MOVING = (Host("a", 30, (60, 0)), Host("b", 40, (40, 40)), Host("c", 30, (0, 60)))


def test_a_moving_team_keeps_its_move_with_stopped_apps_and_second_copies() -> None:
    fleet = one_center(clusters("b", "c") | {"a": sized("a", state="draining")}, rules={"tiers": {"P2": {"spread": 2}}})
    apps = (app("one", spread="home"), app("job", spread="home", kind="Job"), app("still", spread="home"))
    homes = {"shop/one": "c", "shop/job": "", "shop/still": "b", "shop/gone": "b"}
    lock = Lock({DC1: {"shop": MOVING}}, {DC1: homes}, {DC1: {"shop/one": "a", "shop/gone": "a"}})
    proposal = placed(fleet, demand("shop", app(), *apps), lock=lock)
    assert proposal.lock.hosts[DC1] == {"shop": MOVING}
    assert proposal.lock.homes[DC1] == {"shop/one": "c", "shop/job": "", "shop/still": "b"}
    assert proposal.lock.copies == {DC1: {"shop/one": "a"}}, "an app without a manifest has no home and no copy"


def test_a_team_that_must_go_elsewhere_does_not_keep_its_move() -> None:
    """Otherwise its second copies would stay for a move that has ended."""
    fleet = one_center(clusters("b", "d") | {"a": sized("a", state="retired")}, rules=ONE)
    lock = Lock({DC1: {"shop": MOVING}}, {DC1: {"shop/one": "b"}}, {DC1: {"shop/one": "a"}})
    proposal = placed(fleet, demand("shop", app("one", spread="home")), lock=lock)
    assert not any(h.move for h in proposal.lock.row(DC1, "shop"))
    assert proposal.lock.copies == {}
    assert proposal.lock.homes[DC1] == {"shop/one": "b"}
