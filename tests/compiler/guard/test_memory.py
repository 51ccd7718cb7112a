"""The memory of the guard: what a history of trees deleted, and until when it counts."""

from __future__ import annotations

from datetime import timedelta

import pytest

from sixfold_compiler.guard import Past, judge, remembered
from sixfold_compiler.model.tombstone import Deletions, Tombstone
from tests.support.guarding import APPS, CLUSTERS, TODAY, holdings

BOTH = frozenset({"Deployment", "Service"})
BUDGETS = Deletions(applications=1, overlays=2, objects=4, days=7)


def world(*apps: str):
    ads = {"ads": {CLUSTERS[0]: dict.fromkeys(apps, BOTH)}} if apps else {}
    return {**ads, "auth": {CLUSTERS[0]: {"app-0": BOTH}}}


def past(day: int, tree, *tombstones: Tombstone, budgets: Deletions = BUDGETS) -> Past:
    return Past(TODAY + timedelta(days=day), holdings(tree), tombstones, budgets)


def approval(app: str, until: int) -> Tombstone:
    last = (TODAY + timedelta(days=until)).isoformat()
    return Tombstone.model_validate(
        {"team": "ads", "app": app, "approvedBy": "ada", "reason": "as agreed", "until": last}
    )


def counted(*history: Past) -> list[tuple[str, str, str]]:
    return [(item.day[-2:], item.drop.app, item.drop.object) for item in remembered(history)]


def test_a_history_without_a_second_tree_has_no_memory() -> None:
    assert remembered(()) == ()
    assert remembered([past(0, world(*APPS))]) == ()


def test_each_deletion_counts_from_the_day_of_its_tree_until_its_days_are_over() -> None:
    first, second = past(0, world(*APPS)), past(1, world(*APPS[1:]))
    third = past(3, world(*APPS[2:]))
    assert counted(first, second, third) == [("25", "app-0", ""), ("27", "app-1", "")]
    assert counted(first, second, past(7, world(*APPS[1:]))) == [("25", "app-0", "")]
    assert counted(first, second, past(8, world(*APPS[1:]))) == []


def test_the_days_are_those_of_each_tree() -> None:
    short = Deletions(days=2)
    first, second = past(0, world(*APPS)), past(1, world(*APPS[1:]))
    assert counted(first, second, past(3, world(*APPS[1:]), budgets=short), past(4, world(*APPS[1:]))) == []


def test_what_came_back_or_was_approved_does_not_count() -> None:
    first, second = past(0, world(*APPS)), past(1, world(*APPS[1:]))
    assert counted(first, second, past(2, world(*APPS))) == []
    assert counted(first, past(1, world(*APPS[1:]), approval("app-0", 1))) == []
    assert counted(first, past(1, world(*APPS[1:]), approval("app-0", 0))) == [("25", "app-0", "")], (
        "its day has passed"
    )
    assert counted(first, second, past(2, world(*APPS[1:]), approval("app-0", 2))) == [], "approved afterwards"
    assert counted(first, second, past(2, world(*APPS[1:]), approval("app-0", 1))) == [("25", "app-0", "")]


def test_deletions_over_the_budget_happened_too() -> None:
    """A tree that went past the compiler was served: what it deleted is gone."""
    assert len(remembered([past(0, world(*APPS)), past(1, world(APPS[0]))])) == 5
    kinds = [item.drop.kind for item in remembered([past(0, world(*APPS)), past(1, world())])]
    assert sorted(set(kinds)) == ["application", "overlay"]


def verdict(before, after, *spent_on: int, budgets: Deletions = BUDGETS, day: int = 10):
    """Judge after single deletions of app-0, app-1, … on these days."""
    apps = [f"old-{number}" for number in range(len(spent_on))]
    history = [past(-30, world(*apps, *before))]
    history += [past(on, world(*apps[number + 1 :], *before)) for number, on in enumerate(spent_on)]
    today = TODAY + timedelta(days=day)
    return judge(holdings(world(*before)), holdings(world(*after)), (), budgets, today, remembered(history))


@pytest.mark.parametrize(
    ("spent_on", "until"),
    [((5, 8), 12), ((8, 8), 15), ((4, 5), 11), ((5,), None), ((2, 3), None), ((3, 8, 9), 15)],
)
def test_a_held_team_learns_the_first_day_on_which_its_deletion_fits(spent_on, until) -> None:
    """One overlay of two is free as soon as one of the earlier deletions no longer counts."""
    result = verdict(APPS, APPS[1:], *spent_on)
    if until is None:
        assert result.passes
        return
    held = result.held["ads"]
    assert held.until == (TODAY + timedelta(days=until)).isoformat()
    assert [item.drop.app for item in held.earlier] == [f"old-{n}" for n, on in enumerate(spent_on) if on > 3]
    later = [verdict(APPS, APPS[1:], *spent_on, day=day).passes for day in (until - 1, until)]
    assert later == [False, True], "on that day it passes, and not on the day before"


def test_waiting_does_not_help_where_a_deletion_exceeds_the_budget_alone_or_needs_a_tombstone() -> None:
    alone = verdict(APPS, APPS[3:], 8).held["ads"]
    assert (alone.until, len(alone.earlier)) == ("", 1)
    assert verdict(APPS[:1], (), 8).held["ads"].until == ""
    assert verdict(APPS, APPS[3:]).held["ads"].earlier == ()


def test_the_share_of_a_smaller_total_is_less() -> None:
    """The earlier deletions are part of it: two of eight overlays fit into it, and one of seven or six."""
    share = Deletions(applications=1, overlays="25%", objects="100%", minimum=0, days=7)
    assert verdict(APPS, APPS[1:], 4, 9, budgets=share).held["ads"].until == (TODAY + timedelta(days=16)).isoformat()


def test_what_a_clock_that_was_ahead_dated_counts_from_the_day_on_that_it_is_set_back() -> None:
    """It would otherwise count for a year, and hold its team for small deletions."""
    fewer = world(*APPS[1:])
    ahead = [past(0, world(*APPS)), past(365, fewer)]
    back = [*ahead, past(1, fewer)]
    assert {day for day, _, _ in counted(*back)} == {f"{(TODAY + timedelta(days=1)).day:02}"}
    assert counted(*back, past(7, fewer)) == counted(*back)
    assert counted(*back, past(8, fewer)) == []
