"""The order of image versions."""

from __future__ import annotations

import pytest

from sixfold_compiler.model.versions import goes_back

BACK = [
    ("1.10.0", "1.9.3"),
    ("v0.10.5", "v0.10.4"),
    ("v2", "1.9"),
    ("1042", "1041"),
    ("2.0", "2.0-rc.1"),
    ("3.9.0-rc.2", "3.9.0-rc.1"),
    ("3.9.0-rc10", "3.9.0-rc9"),
    ("3.9.0-rc.1", "3.9.0-beta.7"),
    ("3.9.0-beta", "3.9.0-alpha"),
    ("3.9.0-alpha.1", "3.9.0-dev.4"),
    ("1.28-alpine", "1.27-alpine"),
    ("1.2.0@sha256:" + "a" * 64, "1.1.0@sha256:" + "b" * 64),
]
NO_ORDER = [
    ("1.0", "1.0.0"),
    ("1.27-debian", "1.27-alpine"),
    ("9c1f0b6", "0a1b2c3"),
    ("sha256:" + "b" * 64, "sha256:" + "a" * 64),
    ("main", "1.0"),
    ("1.0", "latest"),
    ("", "1.0"),
    ("1.0-rc", "1.0-RC"),
    ("2.0-pre", "2.0-preview"),
]


@pytest.mark.parametrize(("before", "after"), BACK)
def test_an_older_version_goes_back_and_a_newer_one_does_not(before, after) -> None:
    assert goes_back(before, after)
    assert not goes_back(after, before)
    assert not goes_back(before, before)


@pytest.mark.parametrize(("left", "right"), NO_ORDER)
def test_versions_without_an_order_never_go_back(left, right) -> None:
    assert not goes_back(left, right)
    assert not goes_back(right, left)
