"""What a run says at its end: how much there is, what changed, and who stays as it was, by name."""

from __future__ import annotations

from pathlib import Path

import pytest

from sixfold_compiler.cli.output.summary import SAMPLE, changed_files, named, summarized
from sixfold_compiler.pipeline.plan import Plan, Summary
from sixfold_compiler.tree.writer import Change
from tests.support.cli import sixfold
from tests.support.repos import manifest

SUMMARY = Summary(apps=1200, evaluated=1, targets=10, overlays=9000, objects=30_001)
MANY = tuple(f"shop/app-{n}" for n in range(7))


@pytest.mark.parametrize(
    ("summary", "told"),
    [
        (Summary(failed=("search/finder",)), "1 app failed: search/finder (it keeps the old overlays)."),
        (
            Summary(failed=("a/b", "c/d"), bare=frozenset({"a/b", "c/d"})),
            "2 apps failed: a/b, c/d (they have no overlays yet).",
        ),
        (
            Summary(failed=MANY, bare=frozenset({"shop/app-6"})),
            f"7 apps failed: {', '.join(MANY[:5])} and 2 more (1 of them has no overlays yet, the others keep the old ones).",
        ),
        (Summary(failed=("a/b",), bare=frozenset({"a/b"})), "1 app failed: a/b (it has no overlays yet)."),
        (
            Summary(failed=("a/b", "c/d", "e/f"), bare=frozenset({"a/b", "c/d"})),
            "3 apps failed: a/b, c/d, e/f (2 of them have no overlays yet, the others keep the old ones).",
        ),
        (Summary(failed=("a/b", "c/d")), "2 apps failed: a/b, c/d (they keep the old overlays)."),
        (Summary(held=("ads",)), "Team ads would lose too much; it stays as it was."),
        (Summary(held=("ads", "shop")), "Teams ads, shop would lose too much; they stay as they were."),
    ],
)
def test_those_that_stay_as_they_were_are_named(summary, told) -> None:
    assert told_of(summary).splitlines()[1] == told


def told_of(summary=SUMMARY, *changes: Change, written=True) -> str:
    return summarized(Plan(Path("overlays"), (), changes, summary), "overlays", written=written)


def change(number: int, kind="create") -> Change:
    return Change(f"dev/dc1/dev-a/shop/app-{number:02}.yaml", kind)


def test_how_much_there_is_and_what_changed_is_told_in_two_lines() -> None:
    changes = [change(1), change(2), change(3, "delete"), change(4, "update")]
    assert told_of(SUMMARY, *changes) == (
        "1,200 apps on 10 clusters: 9,000 overlays, 30,001 objects (1 app evaluated).\n"
        "overlays/: 2 created, 1 updated, 1 deleted."
    )
    assert told_of(SUMMARY, *changes[2:], written=False).endswith("\noverlays/ would get: 1 updated, 1 deleted.")
    assert told_of().endswith("\noverlays/: nothing changed.")


def test_five_names_are_told_and_the_others_counted() -> None:
    assert named(MANY[:5]) == ", ".join(MANY[:5])
    assert named(MANY) == ", ".join(MANY[:5]) + " and 2 more"
    assert named([str(number) for number in range(1006)]).endswith(", 4 and 1,001 more")


def test_files_that_are_not_current_are_named_ten_at_most_with_what_to_do() -> None:
    head = "The tree is not current; run `sixfold compile`:"
    assert changed_files([change(1), change(2, "delete")], "overlays").splitlines() == [
        head,
        "  create overlays/dev/dc1/dev-a/shop/app-01.yaml",
        "  delete overlays/dev/dc1/dev-a/shop/app-02.yaml",
    ]
    assert "more" not in changed_files([change(number) for number in range(SAMPLE)], "overlays")
    lines = changed_files([change(number) for number in range(SAMPLE + 3)], "overlays").splitlines()
    assert (len(lines), lines[-1]) == (SAMPLE + 2, "  and 3 more")


def test_a_new_app_that_fails_is_named_and_has_no_overlays(deploy) -> None:
    (deploy / "apps/storefront/finder.yaml").write_text(manifest("storefront/finder", replicas="none"))
    done = sixfold("compile", cwd=deploy)
    assert done.code == 1
    assert "1 app failed: storefront/finder (it has no overlays yet).\n" in done.err
