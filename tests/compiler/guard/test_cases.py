"""The cases of the deletion guard in tests/cases/guard; SIXFOLD_REWRITE=1 rewrites their verdicts."""

from __future__ import annotations

import pytest

from tests.support.guard_cases import verdicts_of
from tests.support.suite import check, load


@pytest.mark.parametrize("case", load("guard", "verdict"), ids=lambda case: f"{case.suite.stem}: {case.title}")
def test_the_guard_gives_the_verdict_of_the_case(case) -> None:
    check(case, verdicts_of)
