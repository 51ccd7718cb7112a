"""Moments of one boot have an order and an age; those of another boot have neither."""

from __future__ import annotations

import pytest

from sixfold_generator.state.clock import Instant


@pytest.mark.parametrize(
    ("moment", "other", "after"),
    [
        (("a", 2.0), ("a", 1.0), True), (("a", 1.0), ("a", 1.0), False), (("a", 1.0), ("a", 2.0), False),
        (("b", 2.0), ("a", 1.0), False), (("", 2.0), ("", 1.0), False), (("a", 2.0), ("", 1.0), False),
    ],
)  # fmt: skip
def test_only_moments_of_one_known_boot_have_an_order(moment, other, after):
    assert Instant(*moment).after(Instant(*other)) is after


def test_an_age_is_known_for_past_moments_of_this_boot():
    now = Instant.now()
    assert 0 <= Instant(now.boot, now.seconds - 5).age() - 5 < 60
    assert Instant(now.boot, now.seconds + 1000).age() is None
    assert Instant("another", now.seconds - 5).age() is None
    assert Instant("", now.seconds - 5).age() is None
