"""Days in UTC."""

from __future__ import annotations

from datetime import date

from sixfold_compiler.model.days import day_of


def test_a_time_of_git_is_a_day_in_utc() -> None:
    assert day_of(0) == date(1970, 1, 1)
    assert (day_of(1795219199), day_of(1795219200)) == (date(2026, 11, 20), date(2026, 11, 21))
    assert day_of(10**18) == date.max
