"""The findings of the deletion guard in tests/cases/guard/findings.md; SIXFOLD_REWRITE=1 rewrites them."""

from __future__ import annotations

import pytest

from tests.support.guard_cases import findings_of
from tests.support.suite import check, load


@pytest.mark.parametrize("case", load("guard", "findings"), ids=lambda case: case.title)
def test_the_guard_reports_the_findings_of_the_case(case) -> None:
    check(case, findings_of)
