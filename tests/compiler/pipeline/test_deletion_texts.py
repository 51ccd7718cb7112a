"""What the deletion guard says of a tree whose fleet is not at hand, as `sixfold guard` has it: the same, without places."""

from __future__ import annotations

import pytest

from sixfold_compiler.guard import judge
from sixfold_compiler.model.tombstone import Deletions, Tombstone
from sixfold_compiler.pipeline.deletions import told
from tests.support.guarding import CLUSTERS, TODAY, holdings

ONE = frozenset({"Service"})
EVERYTHING = Deletions(applications="100%", overlays="100%", objects="100%")


def world(*apps: str, on=CLUSTERS[:1], team="ads"):
    return {team: {key: dict.fromkeys(apps, ONE) for key in on}}


def said(before, after, stones=(), budgets=EVERYTHING):
    return told(judge(before, after, stones, budgets, TODAY), after)


def test_nothing_is_said_where_everything_may_go() -> None:
    assert said(holdings(world("a", "b")), holdings(world("a"))) == ()


def test_a_team_that_loses_too_much_is_told_why_and_how_to_approve_it_without_a_place_in_a_fleet() -> None:
    before, after = holdings(world("a", "b", "c")), holdings(world("a"))
    (problem,) = said(before, after, budgets=Deletions())
    assert (problem.code, problem.span, problem.app) == ("SF710", None, "")
    assert problem.message == (
        "team ads would lose too much: prod: 2 of 3 overlays go, and the budget is 1 (and 1 more reason)"
    )
    assert problem.help.splitlines() == [
        "put it back, or approve it:",
        "  `sixfold retire app ads/b --reason … --until …`",
        "  `sixfold retire app ads/c --reason … --until …`",
        "also too much:",
        "  prod: 2 of 3 objects go, and the budget is 1",
        "what would vanish (2):",
        "  overlay prod/dc1/dc1-a/ads/b.yaml",
        "  overlay prod/dc1/dc1-a/ads/c.yaml",
    ]


def test_a_cluster_that_goes_is_told_once_with_the_command_that_approves_it() -> None:
    before = holdings(world("a", on=CLUSTERS[1:2]))
    left = {key: one for key, one in before.clusters.items() if key != CLUSTERS[0]}
    after = type(before)(left, before.units)
    (problem,) = said(before, after)
    assert (problem.code, problem.span) == ("SF711", None)
    assert problem.message == "nobody approved that this vanishes: cluster prod/dc1/dc1-a"
    assert problem.help == ("put it back, or approve it in tombstones.yaml (`sixfold retire cluster` writes the entry)")


def test_a_tombstone_that_came_too_late_is_named_beside_what_it_would_have_covered() -> None:
    stone = Tombstone.model_validate(
        {"team": "ads", "app": "b", "approvedBy": "ada", "reason": "as agreed", "until": "2026-11-23"}
    )
    found = said(holdings(world("a", "b", "c")), holdings(world("a")), [stone], Deletions())
    assert [problem.code for problem in found] == ["SF710", "SF712"]
    assert found[1].message == "the tombstone for team ads, app b (until 2026-11-23) has expired, and would be needed"
    assert found[1].help == "have it approved again with a later day"


@pytest.mark.parametrize(
    ("on", "what"), [(CLUSTERS[:1], "application prod-dc1-a-ads"), (CLUSTERS[:2], "2 things")], ids=["one", "two"]
)
def test_what_no_budget_covers_is_named_where_it_is_one_thing_and_counted_where_there_are_more(on, what) -> None:
    """A team whose unit changes: each of its Applications is deleted and made anew under another name."""
    same = world("a", on=on)
    (problem,) = said(holdings(same), holdings(same, ["ads"]))
    assert problem.message == f"team ads would lose what no budget covers: {what}"
    assert "also too much" not in problem.help, "the reasons only repeat the things"
    assert problem.help.endswith("application prod-dc1-a-ads" if len(on) == 1 else "application prod-dc1-b-ads")
