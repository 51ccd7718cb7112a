"""Output of `guard`: sums by team, each deletion with its verdict, and the reasons to hold one back."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from sixfold_compiler.cli.output.guard import Waiting, as_json, as_text, covered_text, refusals
from sixfold_compiler.diagnostics import Diagnostic
from sixfold_compiler.guard import coverages, judge
from sixfold_compiler.guard.judge import Verdict
from sixfold_compiler.model.tombstone import Deletions, Tombstone
from tests.support.guarding import TODAY, holdings
from tests.support.snapshots import check_snapshot

SNAPSHOTS = Path(__file__).parent / "snapshots"

A, B = "prod/dc1/dc1-a", "prod/dc1/dc1-b"
APPS = {f"app-{number}": {"Deployment", "Service"} for number in range(4)}
WORLD = {"ads": {A: APPS, B: APPS}, "auth": {A: APPS}}
NOTHING = Deletions.model_validate({"applications": 0, "overlays": 0, "objects": 0, "minimum": 0})
HEADS = ["team", "environment", "kind", "removed", "earlier", "had", "budget", "tombstone", "verdict"]


def without(team, key, *apps):
    left = {app: objects for app, objects in WORLD[team][key].items() if app not in apps}
    return {**WORLD, team: {**WORLD[team], key: left}}


def tombstone(until="2027-01-01", **scope):
    return Tombstone.model_validate({"approvedBy": "ada", "reason": "not used", "until": until, **scope})


def verdict(after, *tombstones, budgets=NOTHING):
    return judge(holdings(WORLD), holdings(after), tombstones, budgets, TODAY)


def rows(text):
    """Return the rows of the table as lists of words."""
    return [line.split() for line in text.partition("\n\n")[0].splitlines()]


@pytest.fixture(scope="module")
def held():
    return verdict(without("ads", A, "app-0"))


def test_without_deletions_the_text_says_so_once() -> None:
    same = verdict(WORLD)
    assert as_text(same, None) == as_text(same, Waiting(same)) == "Nothing would be removed.\n"
    assert refusals(same) == []
    assert json.loads(as_json(same, None)) == {
        "passes": True, "findings": [], "tombstones": [], "rows": [], "held": {}, "drops": [], "expired": [],
    }  # fmt: skip
    assert not json.loads(as_json(same, None, [Diagnostic("SF706", "a stranger")]))["passes"]


def test_a_held_deletion_is_shown_with_its_budget(held) -> None:
    text = as_text(held, None)
    assert rows(text) == [
        HEADS,
        ["ads", "prod", "overlays", "1", "0", "8", "0", "0", "held", "(over", "budget)"],
        ["ads", "prod", "objects", "2", "0", "16", "0", "0", "held", "(over", "budget)"],
    ]
    assert text.endswith(f"\n\n  held      overlay {A}/ads/app-0.yaml\n")
    assert refusals(held)[0].startswith("team ads would be held back: prod: ")


def test_an_approved_deletion_is_counted_in_its_column() -> None:
    approved = verdict(without("ads", A, "app-0"), tombstone(team="ads", app="app-0"))
    assert ["ads", "prod", "overlays", "0", "0", "8", "0", "1", "goes"] in rows(as_text(approved, None))
    assert f"  approved  overlay {A}/ads/app-0.yaml\n" in as_text(approved, None)
    assert refusals(approved) == []


def test_a_deletion_within_the_budget_is_marked() -> None:
    wide = verdict(without("ads", A, "app-0"), budgets=Deletions.model_validate({"minimum": 9}))
    assert ["ads", "prod", "overlays", "1", "0", "8", "9", "0", "goes"] in rows(as_text(wide, None))
    assert f"  budget    overlay {A}/ads/app-0.yaml\n" in as_text(wide, None)


def test_the_deletion_of_a_cluster_is_in_no_sum_and_refuses_the_tree() -> None:
    after = holdings(WORLD)
    fewer = replace(after, clusters={k: v for k, v in after.clusters.items() if k != "dev/dc1/dev-a"})
    refused = judge(after, fewer, (), NOTHING, TODAY)
    assert as_text(refused, None) == "  refused   cluster dev/dc1/dev-a\n"
    assert len(refusals(refused)) == 1
    none = judge(after, replace(after, clusters={}), (), NOTHING, TODAY)
    check_snapshot("\n".join([*refusals(refused), *refusals(none)]) + "\n", SNAPSHOTS / "guard-platform.txt")


def test_an_expired_tombstone_is_named() -> None:
    late = verdict(without("ads", A, "app-0"), tombstone("2026-01-01", team="ads", app="app-0"))
    assert refusals(late)[-1] == f"The tombstone for {late.expired[0]} has expired."
    assert json.loads(as_json(late, None))["expired"] == [str(late.expired[0])]


class TestWaiting:
    """Deletions of manifests that are not compiled yet."""

    def test_the_deletions_of_a_compile_follow_those_of_the_tree(self, held) -> None:
        text = as_text(held, Waiting(verdict(without("auth", A, "app-1"))))
        assert text.startswith(as_text(held, None))
        assert text.endswith(f"  held      overlay {A}/auth/app-1.yaml\n")
        check_snapshot(text, SNAPSHOTS / "guard-waiting.txt")

    def test_a_tree_without_deletions_is_reported_apart_from_the_compile(self, held) -> None:
        check_snapshot(as_text(verdict(WORLD), Waiting(held)), SNAPSHOTS / "guard-unchanged.txt")

    def test_json_has_both_and_one_answer(self, held) -> None:
        finding = Diagnostic("SF710", "team ads would lose too much")
        value = json.loads(as_json(verdict(WORLD), Waiting(held, (finding,))))
        assert (value["passes"], value["compile"]["passes"]) == (False, False)
        assert [problem["code"] for problem in value["compile"]["findings"]] == ["SF710"]
        assert [drop["verdict"] for drop in value["compile"]["drops"]] == ["held"]
        assert {row["kind"] for row in value["compile"]["rows"] if row["exceeded"]} == {"overlays", "objects"}
        assert json.loads(as_json(verdict(WORLD), Waiting(Verdict())))["passes"] is True


def test_a_wide_tombstone_states_what_it_covers_before_and_after() -> None:
    after = without("ads", A, *APPS)
    wide = coverages(
        [tombstone(team="ads"), tombstone(team="auth", environment="dev")], holdings(WORLD), holdings(after)
    )
    ads = "2 Applications, 8 overlays and 16 objects before, and 2 Applications, 4 overlays and 8 objects after"
    assert [covered_text(coverage) for coverage in wide] == [
        f"The tombstone for team ads (until 2027-01-01) covers {ads}.",
        "The tombstone for environment dev, team auth (until 2027-01-01) covers nothing before, and nothing after.",
    ]
    data = json.loads(as_json(verdict(after), None, wide=wide))["tombstones"]
    assert [row["scope"] for row in data] == [str(coverage.tombstone) for coverage in wide]
    assert data[0]["before"] == {"applications": 2, "overlays": 8, "objects": 16, "others": 0}
    assert data[0]["after"] == {"applications": 2, "overlays": 4, "objects": 8, "others": 0}
