"""What `guard` tells of a verdict: the sums by team, each thing with what becomes of it, and why it may not go."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from sixfold_compiler.cli.output.guard import Waiting, as_json, as_text, refusals
from sixfold_compiler.diagnostics import Diagnostic
from sixfold_compiler.guard import judge
from sixfold_compiler.guard.judge import Verdict
from sixfold_compiler.model.tombstone import Deletions, Tombstone
from tests.support.guarding import TODAY, holdings

A, B = "prod/dc1/dc1-a", "prod/dc1/dc1-b"
APPS = {f"app-{number}": {"Deployment", "Service"} for number in range(4)}
WORLD = {"ads": {A: APPS, B: APPS}, "auth": {A: APPS}}
NOTHING = Deletions.model_validate({"applications": 0, "overlays": 0, "objects": 0, "minimum": 0})
HEADS = ["team", "environment", "kind", "removed", "earlier", "had", "budget", "tombstone", "verdict"]


def without(team, key, *apps):
    left = {app: objects for app, objects in WORLD[team][key].items() if app not in apps}
    return {**WORLD, team: {**WORLD[team], key: left}}


def stone(until="2027-01-01", **scope):
    return Tombstone.model_validate({"approvedBy": "ada", "reason": "not used", "until": until, **scope})


def verdict(after, *stones, budgets=NOTHING):
    return judge(holdings(WORLD), holdings(after), stones, budgets, TODAY)


def rows(text):
    """The table, as words."""
    return [line.split() for line in text.partition("\n\n")[0].splitlines()]


@pytest.fixture(scope="module")
def held():
    return verdict(without("ads", A, "app-0"))


def test_where_nothing_goes_it_says_so_once() -> None:
    same = verdict(WORLD)
    assert as_text(same, None) == as_text(same, Waiting(same)) == "Nothing would be removed.\n"
    assert refusals(same) == []
    assert json.loads(as_json(same, None)) == {"passes": True, "rows": [], "held": {}, "drops": [], "expired": []}


def test_what_is_held_is_told_with_its_budget_and_why(held) -> None:
    text = as_text(held, None)
    assert rows(text) == [
        HEADS,
        ["ads", "prod", "overlays", "1", "0", "8", "0", "0", "held", "(over", "budget)"],
        ["ads", "prod", "objects", "2", "0", "16", "0", "0", "held", "(over", "budget)"],
    ]
    assert text.endswith(f"\n\n  held      overlay {A}/ads/app-0.yaml\n")
    assert refusals(held)[0].startswith("team ads would be held back: prod: ")


def test_what_a_tombstone_approves_goes_and_is_in_its_column() -> None:
    approved = verdict(without("ads", A, "app-0"), stone(team="ads", app="app-0"))
    assert ["ads", "prod", "overlays", "0", "0", "8", "0", "1", "goes"] in rows(as_text(approved, None))
    assert f"  approved  overlay {A}/ads/app-0.yaml\n" in as_text(approved, None)
    assert refusals(approved) == []


def test_what_the_budget_lets_go_is_told_as_that() -> None:
    wide = verdict(without("ads", A, "app-0"), budgets=Deletions.model_validate({"minimum": 9}))
    assert ["ads", "prod", "overlays", "1", "0", "8", "9", "0", "goes"] in rows(as_text(wide, None))
    assert f"  budget    overlay {A}/ads/app-0.yaml\n" in as_text(wide, None)


def test_a_cluster_that_goes_is_in_no_sum_and_refuses_the_whole_tree() -> None:
    after = holdings(WORLD)
    gone = replace(after, clusters={key: one for key, one in after.clusters.items() if key != "dev/dc1/dev-a"})
    refused = judge(after, gone, (), NOTHING, TODAY)
    assert as_text(refused, None) == "  refused   cluster dev/dc1/dev-a\n"
    assert refusals(refused) == ["The whole tree would be refused: 1 of the platform's removals has no tombstone."]
    none = judge(after, replace(after, clusters={}), (), NOTHING, TODAY)
    assert refusals(none)[-1].endswith(" 4 of the platform's removals have no tombstone.")


def test_a_tombstone_that_has_expired_is_named() -> None:
    late = verdict(without("ads", A, "app-0"), stone("2026-01-01", team="ads", app="app-0"))
    assert refusals(late)[-1] == f"The tombstone for {late.expired[0]} has expired."
    assert json.loads(as_json(late, None))["expired"] == [str(late.expired[0])]


class TestWaiting:
    """The tree is what it was, and the manifests are not."""

    def test_what_compiling_would_remove_stands_behind_what_the_tree_removes(self, held) -> None:
        text = as_text(held, Waiting(verdict(without("auth", A, "app-1"))))
        first, _, second = text.partition(
            "\nThe tree is not compiled from these manifests. Compiling now would remove:\n"
        )
        assert first == as_text(held, None)
        assert second.endswith(f"  held      overlay {A}/auth/app-1.yaml\n")

    def test_where_the_tree_removes_nothing_that_is_said_of_the_tree_alone(self, held) -> None:
        text = as_text(verdict(WORLD), Waiting(held))
        assert text.startswith("Of the compiled tree, nothing would be removed.\n\nThe tree is not compiled from")

    def test_machines_get_both_and_one_answer(self, held) -> None:
        finding = Diagnostic("SF710", "team ads would lose too much")
        value = json.loads(as_json(verdict(WORLD), Waiting(held, (finding,))))
        assert (value["passes"], value["compile"]["passes"]) == (False, False)
        assert value["compile"]["findings"] == [{"code": "SF710", "message": "team ads would lose too much"}]
        assert [drop["verdict"] for drop in value["compile"]["drops"]] == ["held"]
        assert {row["kind"] for row in value["compile"]["rows"] if row["exceeded"]} == {"overlays", "objects"}
        assert json.loads(as_json(verdict(WORLD), Waiting(Verdict())))["passes"] is True
