"""The summary of a compile: its numbers, the changed files, and the apps and teams that stay as they were."""

from __future__ import annotations

from pathlib import Path

from sixfold_compiler.cli.output.summary import changed_files, summarized
from sixfold_compiler.pipeline.plan import Plan, Summary
from sixfold_compiler.tree.writer import Change
from tests.support.snapshots import check_snapshot

SNAPSHOTS = Path(__file__).parent / "snapshots"

SUMMARY = Summary(apps=1200, evaluated=1, targets=10, overlays=9000, objects=30_001)
MANY = tuple(f"shop/app-{n}" for n in range(7))


def text_of(summary=SUMMARY, *changes: Change, written=True) -> str:
    return summarized(Plan(Path("overlays"), (), changes, summary), "overlays", written=written)


def change(number: int, kind="create") -> Change:
    return Change(f"dev/dc1/dev-a/shop/app-{number:02}.yaml", kind)


def test_apps_that_failed_and_teams_that_are_held_are_named() -> None:
    """The rows have apps with and without earlier overlays, one and several, and more than the summary names."""
    summaries = (
        Summary(failed=("search/finder",)),
        Summary(failed=("a/b", "c/d")),
        Summary(failed=("a/b",), bare=frozenset({"a/b"})),
        Summary(failed=("a/b", "c/d"), bare=frozenset({"a/b", "c/d"})),
        Summary(failed=("a/b", "c/d", "e/f"), bare=frozenset({"a/b", "c/d"})),
        Summary(failed=MANY, bare=frozenset({"shop/app-6"})),
        Summary(held=("ads",)),
        Summary(held=("ads", "shop")),
    )
    lines = [text_of(summary).splitlines()[1] for summary in summaries]
    check_snapshot("\n".join([*lines, ""]), SNAPSHOTS / "unchanged.txt")
    assert MANY[4] in lines[5]
    assert MANY[5] not in lines[5]
    assert "and 2 more" in lines[5]


def test_the_numbers_and_the_changes_are_two_lines() -> None:
    changes = [change(1), change(2), change(3, "delete"), change(4, "update")]
    numbers, files = text_of(SUMMARY, *changes).splitlines()
    for number in ("1,200 apps", "10 clusters", "9,000 overlays", "30,001 objects", "1 app evaluated"):
        assert number in numbers
    assert files == "overlays/: 2 created, 1 updated, 1 deleted."
    assert text_of(SUMMARY, *changes[2:], written=False).endswith("\noverlays/ would get: 1 updated, 1 deleted.")
    assert text_of().endswith("\noverlays/: nothing changed.")


def test_files_that_are_not_current_are_listed_up_to_a_limit() -> None:
    assert changed_files([change(1), change(2, "delete")], "overlays").splitlines()[1:] == [
        "  create overlays/dev/dc1/dev-a/shop/app-01.yaml",
        "  delete overlays/dev/dc1/dev-a/shop/app-02.yaml",
    ]
    assert "more" not in changed_files([change(number) for number in range(10)], "overlays")
    lines = changed_files([change(number) for number in range(13)], "overlays").splitlines()
    assert (len(lines), lines[-1]) == (12, "  and 3 more")
