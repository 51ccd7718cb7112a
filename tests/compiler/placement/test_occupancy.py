"""The load of a data center while teams come and go: what fits, in the words of its constraints."""

from __future__ import annotations

from sixfold_compiler.placement import Lock
from sixfold_compiler.placement.occupancy import Blocked, Board, Row
from sixfold_compiler.placement.problem import Sites
from tests.compiler.placement.test_propose import lock_of, sized, team
from tests.support.placements import DC1, app, demand, one_center


def made(*demands, cores=(100, 100, 100), rules=None, lock=None, **teams):
    """A board of empty clusters, and an item for each team."""
    members = {name: sized(name, cpu) for name, cpu in zip("abc", cores, strict=False)}
    fleet = one_center(members, teams or {d.team: team() for d in demands}, rules)
    sites = Sites(fleet, None, "2026-11-26")
    site = sites.site(DC1)
    return Board(site), {i.team: i for i in sites.items(site, {d.team: d for d in demands}, lock or Lock())}


def test_a_cluster_is_crowded_while_any_team_of_as_many_other_stacks_is_there() -> None:
    """Two teams of one stack share a place: when one of them goes, the other still has it."""
    rules = {"tiers": {"P0": {"stacks": 1}}}
    one = app(tier="P0")
    board, items = made(
        demand("shop", one), demand("pay", one), demand("search", one), rules=rules,
        shop=team(stack="web"), pay=team(stack="web"), search=team(),
    )  # fmt: skip
    row = Row((0,), (100,), (), ())
    for name in ("shop", "pay"):
        assert board.fits(items[name], row) is None
        board.add(items[name], row)
    assert board.fits(items["search"], row) == Blocked("stacks", 0)
    assert board.remove(items["pay"]) == row
    assert board.fits(items["search"], row) == Blocked("stacks", 0)
    board.remove(items["shop"])
    assert board.fits(items["search"], row) is None


def test_who_goes_leaves_nothing_behind() -> None:
    apps = (app(tier="P0", pods=10), app("db", "P0", "home", cpu=2))
    rules = {"tiers": {"P0": {"survivesLoss": True}}}
    board, items = made(demand("shop", *apps), demand("pay", app(tier="P0")), rules=rules)
    board.add(items["pay"], Row((0, 1), (50, 50), (), ()))
    before = ([list(u) for u in board.used], [list(g) for g in board.guarded], [[list(x) for x in s] for s in board.shift])
    row = Row((0, 1), (60, 40), (0,), (1,))
    board.add(items["shop"], row)
    assert board.used != before[0]
    assert board.remove(items["shop"]) == row
    assert (board.used, board.guarded, board.shift) == before


def test_a_home_goes_to_its_second_cluster_when_the_first_is_lost_and_must_find_room_there() -> None:
    """40 divided and 70 at home on a, which has 200 cores; with a lost, b of 100 cores has both and no room for it."""
    rules = {"tiers": {"P0": {"survivesLoss": True}}}
    db = app("db", "P0", "home", cpu=70)
    board, items = made(demand("shop", app(tier="P0", pods=40), db), cores=(200, 100), rules=rules)
    stays = Row((0, 1), (50, 50), (0,), (-1,))
    goes = Row((0, 1), (50, 50), (0,), (1,))
    assert board.fits(items["shop"], stays) is None
    assert board.fits(items["shop"], goes) == Blocked("loss", 1)
    assert board.worst_loss(items["shop"], goes, 1)[1].cpu == 110_000
    assert board.worst_loss(items["shop"], stays, 1)[1].cpu == 40_000


def test_a_home_in_the_lock_that_is_none_of_the_hosts_is_on_the_first_of_them() -> None:
    one = demand("shop", app("db", spread="home"))
    for home, row in (("a", (0,)), ("c", (0,)), ("b", (1,))):
        board, items = made(one, lock=lock_of({"shop/db": home}, shop={"a": 50, "b": 50}))
        assert board.locked(items["shop"]).homes == row
    _, items = made(one, lock=lock_of({"shop/db": "gone"}, shop={"a": 50, "b": 50}))
    assert items["shop"].at == {}, "a cluster that the fleet lacks is no home"


def test_a_host_of_weight_0_takes_nothing_over_and_hands_nothing_on() -> None:
    rules = {"tiers": {"P0": {"survivesLoss": True}}}
    board, items = made(demand("shop", app(tier="P0", pods=60)), rules=rules)
    board.add(items["shop"], Row((0, 1, 2), (0, 50, 50), (), ()))
    assert board.shift[1][0] == [0, 0, 0]
    assert board.shift[0] == [[0, 0, 0]] * 3
    assert board.shift[1][2][0] == 30_000 * 100
