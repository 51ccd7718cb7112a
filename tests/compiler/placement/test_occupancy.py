"""The load of a data center while teams are added and removed, and the constraints that reject a team."""

from __future__ import annotations

from sixfold_compiler.placement import Lock
from sixfold_compiler.placement.occupancy import Assignment, Blocked, Occupancy
from sixfold_compiler.placement.problem import FleetProblems
from tests.support.placements import DC1, app, demand, lock_of, one_center, sized, team


def occupied(*demands, cores=(100, 100, 100), rules=None, lock=None, **teams):
    """Return an occupancy of empty clusters, and a request for each team."""
    members = {name: sized(name, cpu) for name, cpu in zip("abc", cores, strict=False)}
    fleet = one_center(members, teams or {d.team: team() for d in demands}, rules)
    problems = FleetProblems(fleet, None, "2026-11-26")
    problem = problems.problem(DC1)
    requests = problems.requests(problem, {d.team: d for d in demands}, lock or Lock())
    return Occupancy(problem), {r.team: r for r in requests}


def test_a_cluster_is_crowded_while_any_team_of_as_many_other_stacks_is_there() -> None:
    """If two teams of one stack share a place and one of them leaves, the other still has it."""
    rules = {"tiers": {"P0": {"stacks": 1}}}
    web = app(tier="P0")
    occupancy, requests = occupied(
        demand("shop", web), demand("pay", web), demand("search", web), rules=rules,
        shop=team(stack="web"), pay=team(stack="web"), search=team(),
    )  # fmt: skip
    row = Assignment((0,), (100,), (), ())
    for name in ("shop", "pay"):
        assert occupancy.fits(requests[name], row) is None
        occupancy.add(requests[name], row)
    assert occupancy.fits(requests["search"], row) == Blocked("stacks", 0)
    assert occupancy.remove(requests["pay"]) == row
    assert occupancy.fits(requests["search"], row) == Blocked("stacks", 0)
    occupancy.remove(requests["shop"])
    assert occupancy.fits(requests["search"], row) is None


def test_who_goes_leaves_nothing_behind() -> None:
    apps = (app(tier="P0", pods=10), app("db", "P0", "home", cpu=2))
    rules = {"tiers": {"P0": {"survivesLoss": True}}}
    occupancy, requests = occupied(demand("shop", *apps), demand("pay", app(tier="P0")), rules=rules)
    occupancy.add(requests["pay"], Assignment((0, 1), (50, 50), (), ()))
    before = (list(occupancy.used), list(occupancy.guarded), [list(loads) for loads in occupancy.taken_over])
    row = Assignment((0, 1), (60, 40), (0,), (1,))
    occupancy.add(requests["shop"], row)
    assert occupancy.used != before[0]
    assert occupancy.remove(requests["shop"]) == row
    assert (occupancy.used, occupancy.guarded, occupancy.taken_over) == before


def test_a_home_goes_to_its_second_cluster_when_the_first_is_lost_and_must_find_room_there() -> None:
    """The demand is 40 divided and 70 at home on a of 200 cores; if a is lost, b of 100 cores has no room for both."""
    rules = {"tiers": {"P0": {"survivesLoss": True}}}
    db = app("db", "P0", "home", cpu=70)
    occupancy, requests = occupied(demand("shop", app(tier="P0", pods=40), db), cores=(200, 100), rules=rules)
    stays = Assignment((0, 1), (50, 50), (0,), (-1,))
    goes = Assignment((0, 1), (50, 50), (0,), (1,))
    assert occupancy.fits(requests["shop"], stays) is None
    assert occupancy.fits(requests["shop"], goes) == Blocked("loss", 1)
    assert occupancy.worst_loss(requests["shop"], goes, 1)[1].cpu == 110_000
    assert occupancy.worst_loss(requests["shop"], stays, 1)[1].cpu == 40_000


def test_a_home_in_the_lock_that_is_none_of_the_hosts_is_on_the_first_of_them() -> None:
    shop = demand("shop", app("db", spread="home"))
    for home, row in (("a", (0,)), ("c", (0,)), ("b", (1,))):
        occupancy, requests = occupied(shop, lock=lock_of({"shop/db": home}, shop={"a": 50, "b": 50}))
        assert occupancy.locked(requests["shop"]).homes == row
    _, requests = occupied(shop, lock=lock_of({"shop/db": "gone"}, shop={"a": 50, "b": 50}))
    assert requests["shop"].previous_homes == {}, "a cluster that the fleet lacks is no home"


def test_a_host_of_weight_0_neither_takes_load_over_nor_hands_it_on() -> None:
    rules = {"tiers": {"P0": {"survivesLoss": True}}}
    occupancy, requests = occupied(demand("shop", app(tier="P0", pods=60)), rules=rules)
    occupancy.add(requests["shop"], Assignment((0, 1, 2), (0, 50, 50), (), ()))
    assert occupancy.taken_over[1][0] == (0, 0, 0)
    assert occupancy.taken_over[0] == [(0, 0, 0)] * 3
    assert occupancy.taken_over[1][2].cpu == 30_000 * 100
