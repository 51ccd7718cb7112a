"""The lock as records: placing a team again, removing a team or an app, and the placement that a compile reads from it."""

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


def test_a_team_is_looked_up_by_its_whole_name() -> None:
    assert LOCK.row(DC1, "shop") == HALF
    assert LOCK.row(DC2, "shop-two") == ()
    assert LOCK.homes_of(DC1, "shop") == {"one": "a", "two": "b"}
    assert LOCK.homes_of(DC2, "shop-two") == {}
    assert LOCK.copies_of(DC1, "shop-two") == {"one": "b"}


def test_a_team_placed_again_has_only_its_new_hosts_homes_and_copies() -> None:
    lock = LOCK.with_row(DC1, "shop", (Host("c", 70), Host("b", 30)), {"one": "c"}, {"one": "b"})
    assert lock.row(DC1, "shop") == (Host("b", 30), Host("c", 70)), "sorted"
    assert lock.homes_of(DC1, "shop") == {"one": "c"}
    assert lock.copies_of(DC1, "shop") == {"one": "b"}
    assert lock.homes_of(DC1, "shop-two") == {"one": "a"}
    assert lock.hosts[DC2] == LOCK.hosts[DC2]


def test_a_team_without_hosts_is_placed_there_no_more() -> None:
    lock = LOCK.with_row(DC2, "shop", (), {})
    assert (lock.hosts[DC2], lock.homes[DC2]) == ({}, {})
    assert lock.copies == {DC1: LOCK.copies[DC1]}, "a data center without copies is left out, as it is in the file"
    assert lock.hosts[DC1] == LOCK.hosts[DC1]


def test_a_retired_team_leaves_the_entries_of_other_teams() -> None:
    """The second copies of other teams that are moving stay too."""
    lock = LOCK.without("shop")
    assert lock.hosts == {DC1: {"shop-two": HALF}, DC2: {}}
    assert lock.homes == {DC1: {"shop-two/one": "a"}, DC2: {}}
    assert lock.copies == {DC1: {"shop-two/one": "b"}}


def test_an_app_that_is_retired_takes_its_own_home_and_copy_along() -> None:
    lock = LOCK.without("shop", "one")
    assert lock.hosts == LOCK.hosts
    assert lock.homes == {DC1: {"shop/two": "b", "shop-two/one": "a"}, DC2: {}}
    assert lock.copies == {DC1: {"shop-two/one": "b"}}


def test_a_compile_leaves_out_what_the_lock_says_of_places_where_a_team_may_not_be() -> None:
    fleet = one_center({"a": cluster("a"), "b": cluster("b")}, {"shop": team()})
    placement = placement_of(fleet, LOCK)
    assert placement.hosts == {(DC1, "shop"): HALF}
    assert placement.by_cluster == {(DC1, "a"): ["shop"], (DC1, "b"): ["shop"]}
    assert placement.by_team == {"shop": [(DC1, HALF)]}


def test_an_app_that_runs_once_is_at_home_on_a_second_cluster_or_stopped() -> None:
    fleet = one_center({"a": cluster("a"), "b": cluster("b")}, {"shop": team()})
    lock = Lock({DC1: {"shop": HALF}}, {DC1: {"shop/one": "a", "shop/two": ""}}, {DC1: {"shop/one": "b"}})
    placement = placement_of(fleet, lock)
    assert (placement.home(DC1, "shop", "one"), placement.copy(DC1, "shop", "one")) == ("a", "b")
    assert (placement.home(DC1, "shop", "two"), placement.copy(DC1, "shop", "two")) == ("", "")
    assert [placement.stopped(DC1, "shop", name) for name in ("one", "two", "three")] == [False, True, False]
    assert placement.homes_by_team == {"shop": [(str(DC1), "one", "a"), (str(DC1), "two", ""), (str(DC1), "one", "+b")]}


def test_an_app_without_a_home_is_where_its_team_is_if_that_is_one_cluster() -> None:
    fleet = one_center({"a": cluster("a"), "b": cluster("b")}, {"shop": team(), "pay": team()})
    placement = placement_of(fleet, Lock({DC1: {"shop": (Host("b", 100),), "pay": HALF}}))
    assert [placement.home(DC1, name, "one") for name in ("shop", "pay", "nobody")] == ["b", "", ""]


def test_a_host_on_the_way_has_room_for_its_pods_before_and_after() -> None:
    """The room does not depend on the weight during the move."""
    assert [h.share for h in (Host("a", 30), Host("a", 30, (60, 0)), Host("a", 30, (0, 60)))] == [30, 60, 60]
