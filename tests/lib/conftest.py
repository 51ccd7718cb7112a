from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.lib.library import INPUTS, Made, everything, made_of

if TYPE_CHECKING:
    from _pytest.fixtures import FixtureRequest


@pytest.fixture
def made(request: FixtureRequest) -> Made:
    """The objects that the library makes of the test's own input (see `given`)."""
    name = request.function.__name__
    assert name in INPUTS, f"{name} has no @given"
    return made_of(everything("rjsonnet")[name])
