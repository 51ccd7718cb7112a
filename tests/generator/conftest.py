"""Fixtures of a repo and its adoption."""

from __future__ import annotations

import pytest

from tests.support.adopting import Case, Desk


@pytest.fixture
def case(tmp_path):
    return Case(tmp_path)


@pytest.fixture
def desk():
    return Desk()
