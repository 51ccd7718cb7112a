"""A preview lists deletions that the guard holds back by name, and never folds them."""

from __future__ import annotations

from pathlib import Path

import pytest

from sixfold_compiler.guard import Verdict
from sixfold_compiler.guard.drops import Drop
from sixfold_compiler.guard.judge import Held
from sixfold_compiler.preview import Preview, Subject, Withheld, as_markdown, as_text, withheld
from sixfold_compiler.preview.changes import Group, ObjectChange
from sixfold_compiler.preview.views import places, summary
from tests.support.snapshots import check_snapshot

SNAPSHOTS = Path(__file__).parent / "snapshots"


def overlay(name: str) -> Drop:
    return Drop("prod", "dc1", "dc1-a", "ads", "ads", name, "overlay", f"prod/dc1/dc1-a/ads/{name}.yaml", overlays=1)


CLUSTER = Drop("prod", "dc1", "dc1-a", "", "", "", "cluster", "prod/dc1/dc1-a", always=True)
CHANGED = (Subject("shop/web", (Group(("prod/dc1/dc1-a",), (ObjectChange("delete", "Service web"),)),)),)


def held(number: int, whose: str = "team ads") -> Withheld:
    return Withheld(whose, "too <much>", tuple(f"overlay {n:02}" for n in range(number)))


def test_the_platform_comes_first_and_each_team_has_its_first_reason() -> None:
    verdict = Verdict(platform=(CLUSTER,), teams={"ads": Held((overlay("a"), overlay("b")), ("too much", "and more"))})
    assert withheld(verdict) == (
        Withheld("the platform", "no tombstone approves them", ("cluster prod/dc1/dc1-a",)),
        Withheld("team ads", "too much", ("overlay prod/dc1/dc1-a/ads/a.yaml", "overlay prod/dc1/dc1-a/ads/b.yaml")),
    )
    assert withheld(Verdict()) == ()


def test_a_terminal_shows_the_reason_and_ten_deletions() -> None:
    text = as_text(Preview((), withheld=(held(12),)))
    assert text.splitlines() == [
        "held back of team ads (too <much>)",
        *(f"    overlay {n:02}" for n in range(10)),
        "    and 2 more",
        "",
        "nothing changes; held back: 12 removals of team ads.",
    ]


def test_a_comment_shows_them_outside_of_every_fold() -> None:
    text = as_markdown(Preview(CHANGED, withheld=(held(12), held(1, "team `x|y`"))))
    before, _, folded = text.partition("<details>")
    assert "**Held back of `team ads`**: too much\n" in before, "tags of an input are none"
    assert "* `overlay 09`\n* and 2 more\n" in before
    assert "**Held back of `team 'x\\|y'`**" in before
    assert "overlay" not in folded


def test_teams_beyond_five_are_counted() -> None:
    many = Preview((), withheld=tuple(held(1, f"team t{n}") for n in range(7)))
    assert summary(many).endswith(
        "held back: " + ", ".join(f"1 removal of team t{n}" for n in range(5)) + " and 2 more teams."
    )
    assert as_markdown(many).count("**Held back of") == 5
    assert as_text(many).count("held back of team") == 7


SUMMARIES = [
    Preview(()),
    Preview((), records=1),
    Preview(CHANGED),
    Preview(CHANGED, refused=True),
    Preview((), withheld=(held(2),), refused=True),
    Preview((), failed=1),
    Preview(CHANGED, withheld=(held(1),), failed=2),
]


@pytest.mark.parametrize("preview", SUMMARIES)
def test_the_summary_is_one_line(preview) -> None:
    line = summary(preview)
    assert as_text(preview).splitlines()[-1] == line
    assert as_markdown(preview).splitlines()[1] == f"### Sixfold: {line}"
    assert ("| what |" in as_markdown(preview)) == bool(preview.subjects)


def test_the_summaries_are_their_snapshot() -> None:
    check_snapshot("".join(f"{summary(preview)}\n" for preview in SUMMARIES), SNAPSHOTS / "summaries.txt")


def test_more_than_twelve_clusters_are_counted_by_data_center() -> None:
    few, many = (tuple(f"prod/dc{n % 2}/c{n:02}" for n in range(count)) for count in (3, 13))
    assert places(few) == "3 clusters: prod/dc0 (c00, c02), prod/dc1 (c01)"
    assert places(many) == "13 clusters: prod/dc0 (7), prod/dc1 (6)"
    assert places(("main", "other")) == "Argo CD main, other"
