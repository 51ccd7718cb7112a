"""What one step changes of a lock, what must be approved for it, and the message of its commit."""

from __future__ import annotations

import pytest

from sixfold_compiler.migration.commit_message import message_of
from sixfold_compiler.migration.stages import Way
from sixfold_compiler.migration.step import Step, hosts_of, moves_between, replaced, stones_of, ways_of
from sixfold_compiler.model.addresses import Cell
from sixfold_compiler.placement import Demand, Host, Lock
from tests.compiler.migration.test_stages import OLD, joined
from tests.support.moves import DC1, app

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


def test_a_team_on_one_cluster_has_its_apps_at_home_there_named_or_not() -> None:
    """Before a move they are named, so that they do not follow the namespace unasked. On several, nobody guesses."""
    demand = Demand("shop", (app("web"), app("one", spread="home"), app("job", spread="home")))
    alone = Lock({DC1: {"shop": (Host("a", 100),)}}, {DC1: {"shop/job": ""}})
    assert ways_of(alone, DC1, {"shop": demand})["shop"].homes == {"one": "a", "job": ""}
    assert ways_of(alone, DC1, {})["shop"].homes == {"job": ""}
    both = Lock({DC1: {"shop": FULL.row}}, {DC1: {"shop/job": "b"}})
    assert ways_of(both, DC1, {"shop": demand})["shop"].homes == {"job": "b"}


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
