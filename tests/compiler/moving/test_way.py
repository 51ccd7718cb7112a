"""The stages of one namespace, and what one step changes of a lock: rows and records, without a fleet."""

from __future__ import annotations

import pytest

from compiler.fleet import Cell
from compiler.moving.message import message_of
from compiler.moving.step import Step, hosts_of, moves_between, replaced, stones_of, ways_of
from compiler.moving.way import Way, advance, begin, settled, stage
from compiler.placement import Demand, Host, Lock
from tests.compiler.moving.fleets import DC1, app

OLD = Way((Host("a", 55), Host("b", 45)), {"one": "a", "job": "a"})


def joined():
    """On the way from a to c; `job` must not run twice."""
    return begin(OLD, (Host("b", 45), Host("c", 55)), {"one": "c", "job": "c"}, ["job"])


def weights(way):
    return {h.cluster: h.weight for h in way.row}


def test_a_way_has_its_five_stages_and_ends_where_it_was_to_end() -> None:
    way, seen = joined(), []
    while way.moves:
        seen.append(stage(way))
        way = advance(way, {"job": "c"})
    assert seen == ["shift", "empty", "stop", "leave"]
    assert way == Way((Host("b", 45), Host("c", 55)), {"one": "c", "job": "c"})


def test_half_of_an_odd_weight_goes_to_who_gains_and_the_whole_stays_100() -> None:
    """55 is no even number: 27 stay and 28 go over, so that the new host is not behind."""
    assert weights(advance(joined(), {})) == {"a": 27, "b": 45, "c": 28}
    still = Way((Host("a", 1, (1, 0)), Host("b", 99, (99, 100))))
    assert stage(still) == "empty", "of a weight of 1 no half can go over"
    assert weights(advance(still, {})) == {"a": 0, "b": 100}


def test_a_namespace_that_stands_still_is_at_its_end() -> None:
    assert settled(OLD) == OLD
    assert not OLD.leaving


def test_the_end_of_a_way_is_known_at_every_stage_but_for_what_starts_anew() -> None:
    way = joined()
    for _ in range(3):
        assert settled(way) == Way((Host("b", 45), Host("c", 55)), {"one": "c"})
        way = advance(way, {})


FULL = Way((Host("a", 60), Host("b", 40)), {"one": "a"}, {"one": "b"})


@pytest.mark.parametrize(
    ("asked", "clusters"),
    [
        (app("one", spread="home"), {"a", "b"}),
        (app("two", spread="home"), set()),
        (app("each", spread="every"), {"a", "b"}),
        (app("node", spread="node"), {"a", "b"}),
        (app("web", pods=2), {"a", "b"}),
        (app("web", pods=1), {"a"}),
        (app("auto", pods=9, scaled=True, least=1), {"a"}),
        (app("auto", pods=9, scaled=True, least=2), {"a", "b"}),
    ],
)
def test_an_app_has_an_overlay_where_the_compiler_gives_it_pods(asked, clusters) -> None:
    """Fewer pods than hosts, or an autoscaler's minimum below them, leave the lighter hosts without one."""
    assert hosts_of(asked, FULL) == clusters


def test_what_vanishes_is_whole_namespaces_and_single_apps_where_the_namespace_stays() -> None:
    demand = Demand("shop", (app("web", pods=1), app("one", spread="home")))
    after = Way((Host("b", 60), Host("c", 40)), {"one": "c"})
    assert [dict(s) for s in stones_of(DC1, "shop", FULL, after, demand)] == [
        {"environment": "prod", "dataCenter": "dc1", "cluster": "a", "team": "shop"},
        {"environment": "prod", "dataCenter": "dc1", "cluster": "b", "team": "shop", "app": "one"},
    ]


def test_a_lock_with_new_ways_keeps_everybody_elses_rows_homes_and_copies() -> None:
    other = Cell("prod", "dc2")
    lock = Lock(
        {DC1: {"shop": OLD.row, "pay": FULL.row, "gone": FULL.row}, other: {"shop": (Host("x", 100),)}},
        {DC1: {"shop/one": "a", "pay/one": "a", "gone/one": "a"}, other: {"shop/one": "x"}},
        {DC1: {"pay/one": "b", "gone/one": "b"}, other: {"pay/one": "x"}},
    )
    made = replaced(lock, DC1, {"shop": joined(), "gone": Way(())})
    assert made.hosts == {DC1: {"shop": joined().row, "pay": FULL.row}, other: lock.hosts[other]}
    assert made.homes == {DC1: {"pay/one": "a", "shop/one": "a", "shop/job": "a"}, other: {"shop/one": "x"}}
    assert made.copies == {DC1: {"pay/one": "b", "shop/one": "c"}, other: {"pay/one": "x"}}
    assert replaced(lock, DC1, {"pay": Way(()), "gone": Way(())}).copies == {other: {"pay/one": "x"}}
    assert ways_of(made, DC1, {})["shop"] == joined()


def test_the_message_of_a_commit_says_who_moves_how_and_what_approves_it() -> None:
    before, after = {"shop": OLD}, {"shop": Way((Host("b", 100),), {"one": "b", "job": ""}), "new": Way(())}
    moves = moves_between(DC1, before, after, "nothing is called there any more")
    step = Step("leave", Lock(), moves, ({"team": "shop"},))
    assert message_of(step, "Drain a", "environments/tombstones.yaml").splitlines() == [
        "Drain a: leave new, shop",
        "",
        "prod/dc1 new: - > - (nothing is called there any more)",
        "prod/dc1 shop: a:55 b:45 > b:100 (nothing is called there any more)",
        "  shop/job: a > stopped",
        "  shop/one: a > b",
        "",
        "environments/tombstones.yaml approves what vanishes by this.",
    ]
    many = Step("join", Lock(), moves_between(DC1, {}, dict.fromkeys("abcde", after["shop"]), "starts"))
    told = message_of(many, "Drain a", "x")
    assert told.splitlines()[0] == "Drain a: join a, b, c and 2 more"
    assert "  a/one: nowhere > b" in told
    assert "approves" not in told
