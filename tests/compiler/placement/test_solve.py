"""Placements over an earlier one: teams that stay, teams that move to make room, and quick failure of an overfull fleet."""

from __future__ import annotations

import pytest

from sixfold_compiler.model.addresses import Target
from sixfold_compiler.placement.problem import FleetProblems
from sixfold_compiler.placement.solve import relocate
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

ONE = {"tiers": {"P2": {"spread": 1}, "P1": {"spread": 1}, "P0": {"spread": 1}}}
TWO = {"tiers": {"P2": {"spread": 2}, "P1": {"spread": 1}}}


def why(proposal):
    return next(m.why for m in proposal.moves if m.team == "shop")


def test_a_team_that_has_grown_stays_with_other_weights_where_those_have_room() -> None:
    fleet = one_center({"a": sized("a", 100), "b": sized("b", 300)}, rules=TWO)
    proposal = placed(fleet, demand("shop", app(pods=240)), lock=lock_of(shop={"a": 50, "b": 50}))
    assert (hosts(proposal), why(proposal)) == ({"a": 25, "b": 75}, "has other weights for room")


@pytest.mark.parametrize(
    ("rules", "apps", "reason"),
    [
        (ONE, app(pods=110), "has no room on a"),
        ({"podsPerService": 20, **ONE}, app(pods=30), "has too many pods of a service on a"),
        ({"tiers": {"P0": {"spread": 1, "stacks": 1}}}, app(tier="P0"), "meets another stack of its tier on a"),
    ],
    ids=["room", "service", "stacks"],
)
def test_a_team_that_cannot_stay_goes_with_the_constraint_and_the_cluster_as_the_reason(rules, apps, reason) -> None:
    """The large cluster b has room for everything that does not fit on a. The older team is smaller, and stays."""
    fleet = one_center(
        {"a": sized("a", 100), "b": sized("b", 900), "c": sized("c", 900)}, {"old": team(), "shop": team()}, rules
    )
    old = demand("old", app(tier=apps.tier, cpu=0.1))
    proposal = placed(fleet, old, demand("shop", apps), lock=lock_of(shop={"a": 100}, old={"a": 100}))
    assert (codes(proposal), why(proposal)) == ([], reason)
    if reason.startswith("meets"):
        assert "a" not in hosts(proposal)


def test_what_would_not_survive_a_loss_any_more_is_the_reason_too() -> None:
    rules = {"tiers": {"P0": {"survivesLoss": True, "spread": 2}}}
    fleet = one_center(clusters("a", "b", "c", "d"), rules=rules)
    proposal = placed(fleet, demand("shop", app(tier="P0", pods=110)), lock=lock_of(shop={"a": 50, "b": 50}))
    assert (codes(proposal), why(proposal)) == ([], "would not survive a loss on a")
    assert len(hosts(proposal)) == 3


def test_a_team_leaves_only_the_host_that_cannot_keep_it() -> None:
    """A pinned team of a higher tier fills a; the team stays on b, and a third cluster replaces a."""
    teams = {"shop": team(), "big": team(pins=[exception("a")])}
    fleet = one_center(clusters("a", "b", "c"), teams, TWO)
    proposal = placed(
        fleet, demand("big", app(tier="P1", pods=100)), demand("shop", app(pods=40)),
        lock=lock_of(shop={"a": 50, "b": 50}, big={"a": 100}),
    )  # fmt: skip
    assert (codes(proposal), hosts(proposal)) == ([], {"b": 50, "c": 50})


def drained(**sizes):
    """Return draining clusters, by their cores."""
    return {name: sized(name, cpu, state="draining") for name, cpu in sizes.items()}


def test_a_team_whose_clusters_all_drain_keeps_its_weights_while_they_have_room() -> None:
    fleet, lock = one_center(drained(a=100, b=300), rules=TWO), lock_of(shop={"a": 60, "b": 40})
    assert placed(fleet, demand("shop", app()), lock=lock).moves == ()
    grown = placed(fleet, demand("shop", app(pods=200)), lock=lock)
    assert hosts(grown) == {"a": 25, "b": 75}, "by capacity, where the old weights do not fit any more"


@pytest.mark.parametrize(
    ("row", "after"),
    [
        ({"a": 60, "b": 40}, {"a": 20, "b": 40, "c": 40}),
        ({"a": 100, "b": 0}, {"a": 20, "b": 0, "c": 80}),
        ({"a": 30, "b": 10, "c": 60}, {"a": 30, "b": 10, "c": 60}),
    ],
)
def test_no_cluster_that_drains_gets_more_than_it_has_when_a_new_one_comes(row, after) -> None:
    """By capacity a, b and c would have 20, 60 and 20, but b may not grow, so the new one gets the difference."""
    fleet = one_center(drained(a=100, b=300) | {"c": sized("c", 100)})
    assert hosts(placed(fleet, demand("shop", app()), lock=lock_of(shop=row))) == after


def test_a_cluster_that_drains_keeps_its_weight_where_others_can_share_the_rest() -> None:
    fleet = one_center(drained(a=100) | {"b": sized("b", 100), "c": sized("c", 300)})
    assert hosts(placed(fleet, demand("shop", app()), lock=lock_of(shop={"a": 60, "b": 40}))) == {
        "a": 60,
        "b": 10,
        "c": 30,
    }


def overfull(large):
    """Return two clusters half full of small teams; a move of one leaves too little room for a large team."""
    small = [f"s{n:02}" for n in range(32)]
    names = [f"large{n:02}" for n in range(large)]
    fleet = one_center(clusters("a", "b"), {n: team() for n in [*small, *names]}, ONE)
    rows = {name: {"a" if n % 2 else "b": 100} for n, name in enumerate(small)}
    asked = [demand(n, app(pods=3)) for n in small] + [demand(n, app("db", spread="home", cpu=90)) for n in names]
    return placed(fleet, *asked, lock=lock_of(**rows))


def test_a_team_whose_move_would_not_help_stays() -> None:
    proposal = overfull(1)
    assert codes(proposal) == ["SF430"]
    assert {m.team for m in proposal.moves} == {"large00"}, "a team that was asked to move in vain is where it was"


def test_making_room_is_tried_a_limited_number_of_times_and_every_failure_is_reported() -> None:
    proposal = overfull(14)
    assert codes(proposal) == ["SF430"] * 14
    assert {m.team for m in proposal.moves} == {f"large{n:02}" for n in range(14)}
    assert len(proposal.lock.unplaced[DC1]) == 14


def relocated(lock, *demands, sizes, rules=TWO, **teams):
    fleet = one_center(sizes, teams or None, rules)
    problems = FleetProblems(fleet, None, TODAY.isoformat(), [Target("prod", "dc1", "a")])
    problem = problems.problem(DC1)
    requests = problems.requests(problem, {d.team: d for d in demands}, lock)
    solution = relocate(problem, requests, ["shop"], problem.index["a"])
    rows = {
        name: dict(zip((problem.names[h] for h in row.hosts), row.weights, strict=True))
        for name, row in solution.occupancy.assignments.items()
    }
    return rows, [(f.request.team, f.constraint) for f in solution.failures]


def test_who_takes_over_from_a_cluster_gets_its_weight_where_there_is_room() -> None:
    lock = lock_of(shop={"a": 60, "b": 40})
    sizes = {"a": sized("a", state="draining")} | clusters("b", "c")
    assert relocated(lock, demand("shop", app(pods=10)), sizes=sizes) == ({"shop": {"b": 40, "c": 60}}, [])


def test_a_team_that_cannot_stay_on_another_host_either_leaves_it_too_and_gets_new_weights() -> None:
    """c is too small for the team at any weight. The team stays on b, and d is added: by capacity, 25 to 75."""
    lock = lock_of(shop={"a": 40, "b": 30, "c": 30})
    sizes = {"a": sized("a", state="draining"), "b": sized("b", 100), "c": sized("c", 1), "d": sized("d", 300)}
    assert relocated(lock, demand("shop", app(pods=120)), sizes=sizes) == ({"shop": {"b": 25, "d": 75}}, [])


def test_relocating_a_team_moves_no_other_team() -> None:
    lock = lock_of(shop={"a": 100}, other={"b": 100}, none={})
    sizes = {"a": sized("a", state="draining")} | clusters("b", "c")
    asked = (demand("shop", app("db", "P1", "home", cpu=80)), demand("other", app(pods=30)))
    teams = {"shop": team(bans=[exception("c")]), "other": team(), "none": team()}
    assert relocated(lock, *asked, sizes=sizes, rules=ONE, **teams) == ({"other": {"b": 100}}, [("shop", "room")])
