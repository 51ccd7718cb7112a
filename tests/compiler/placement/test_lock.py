"""The lock as records: changes of one team, and the placement for a compile."""

from __future__ import annotations

from sixfold_compiler.model.addresses import Cell
from sixfold_compiler.placement import Host, Lock, placement_of
from tests.support.placements import DC1, one_center
from tests.support.repos import cluster, team

DC2 = Cell("prod", "dc2")
HALF = (Host("a", 50), Host("b", 50))
LOCK = Lock(
    {DC1: {"shop": HALF, "shop-two": HALF}, DC2: {"shop": (Host("x", 100),)}},
    {DC1: {"shop/one": "a", "shop/two": "b", "shop-two/one": "a"}, DC2: {"shop/one": "x"}},
    {DC1: {"shop/one": "b", "shop-two/one": "b"}, DC2: {"shop/one": "x"}},
)


def test_homes_are_found_by_the_complete_team_name() -> None:
    assert LOCK.row(DC1, "shop") == HALF
    assert LOCK.row(DC2, "shop-two") == ()
    assert LOCK.homes_of(DC1, "shop") == {"one": "a", "two": "b"}
    assert LOCK.homes_of(DC2, "shop-two") == {}
    assert LOCK.copies_of(DC1, "shop-two") == {"one": "b"}


def test_with_row_replaces_hosts_homes_and_copies() -> None:
    proposal = LOCK.with_row(DC1, "shop", (Host("c", 70), Host("b", 30)), {"one": "c"}, {"one": "b"})
    assert proposal.row(DC1, "shop") == (Host("b", 30), Host("c", 70)), "sorted"
    assert proposal.homes_of(DC1, "shop") == {"one": "c"}
    assert proposal.copies_of(DC1, "shop") == {"one": "b"}
    assert proposal.homes_of(DC1, "shop-two") == {"one": "a"}
    assert proposal.hosts[DC2] == LOCK.hosts[DC2]


def test_with_row_without_hosts_removes_the_team() -> None:
    proposal = LOCK.with_row(DC2, "shop", (), {})
    assert (proposal.hosts[DC2], proposal.homes[DC2]) == ({}, {})
    assert proposal.copies == {DC1: LOCK.copies[DC1]}, "a data center without copies is left out, as it is in the file"
    assert proposal.hosts[DC1] == LOCK.hosts[DC1]


def test_removing_a_team_keeps_other_teams() -> None:
    """Copies, which exist during a move, are ignored too."""
    proposal = LOCK.without("shop")
    assert proposal.hosts == {DC1: {"shop-two": HALF}, DC2: {}}
    assert proposal.homes == {DC1: {"shop-two/one": "a"}, DC2: {}}
    assert proposal.copies == {DC1: {"shop-two/one": "b"}}


def test_removing_an_app_removes_its_home_and_copy() -> None:
    proposal = LOCK.without("shop", "one")
    assert proposal.hosts == LOCK.hosts
    assert proposal.homes == {DC1: {"shop/two": "b", "shop-two/one": "a"}, DC2: {}}
    assert proposal.copies == {DC1: {"shop-two/one": "b"}}


def test_placement_ignores_cells_where_a_team_may_not_run() -> None:
    fleet = one_center({"a": cluster("a"), "b": cluster("b")}, {"shop": team()})
    result = placement_of(fleet, LOCK)
    assert result.hosts == {(DC1, "shop"): HALF}
    assert result.by_cluster == {(DC1, "a"): ["shop"], (DC1, "b"): ["shop"]}
    assert result.by_team == {"shop": [(DC1, HALF)]}


def test_an_app_that_runs_once_has_a_home_a_copy_or_is_stopped() -> None:
    fleet = one_center({"a": cluster("a"), "b": cluster("b")}, {"shop": team()})
    lock = Lock({DC1: {"shop": HALF}}, {DC1: {"shop/one": "a", "shop/two": ""}}, {DC1: {"shop/one": "b"}})
    result = placement_of(fleet, lock)
    assert (result.home(DC1, "shop", "one"), result.copy(DC1, "shop", "one")) == ("a", "b")
    assert (result.home(DC1, "shop", "two"), result.copy(DC1, "shop", "two")) == ("", "")
    assert [result.stopped(DC1, "shop", name) for name in ("one", "two", "three")] == [False, True, False]
    assert result.homes_by_team == {"shop": [(str(DC1), "one", "a"), (str(DC1), "two", ""), (str(DC1), "one", "+b")]}


def test_the_home_of_a_team_on_one_cluster_is_that_cluster() -> None:
    fleet = one_center({"a": cluster("a"), "b": cluster("b")}, {"shop": team(), "pay": team()})
    result = placement_of(fleet, Lock({DC1: {"shop": (Host("b", 100),), "pay": HALF}}))
    assert [result.home(DC1, name, "one") for name in ("shop", "pay", "nobody")] == ["b", "", ""]


def test_share_of_a_moving_host_is_its_larger_weight() -> None:
    """Whatever its weight is meanwhile."""
    assert [h.share for h in (Host("a", 30), Host("a", 30, (60, 0)), Host("a", 30, (0, 60)))] == [30, 60, 60]
