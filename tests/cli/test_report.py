"""What a run says at its end: who stays as it was, by name."""

from __future__ import annotations

from pathlib import Path

import pytest

from compiler.cli.report import summarized
from compiler.pipeline import Plan, Summary
from tests.cli.running import sixfold
from tests.compiler.repos import manifest

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
        (Summary(held=("ads",)), "Team ads would lose too much; it stays as it was."),
        (Summary(held=("ads", "shop")), "Teams ads, shop would lose too much; they stay as they were."),
    ],
)
def test_those_that_stay_as_they_were_are_named(summary, told) -> None:
    assert summarized(Plan(Path("overlays"), (), summary=summary), Path("overlays"), written=True).splitlines()[1] == told


def test_a_new_app_that_fails_is_named_and_has_no_overlays(deploy) -> None:
    (deploy / "apps/storefront/finder.yaml").write_text(manifest("storefront/finder", replicas="none"))
    done = sixfold("compile", cwd=deploy)
    assert done.code == 1
    assert "1 app failed: storefront/finder (it has no overlays yet).\n" in done.err
