from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.lib.library import INPUTS, Output, everything, output_of

if TYPE_CHECKING:
    from _pytest.fixtures import FixtureRequest


@pytest.fixture
def output(request: FixtureRequest) -> Output:
    """Return the objects that the library creates from the test's input (see `given`)."""
    name = request.function.__name__
    assert name in INPUTS, f"{name} has no @given"
    return output_of(everything("rjsonnet")[name])
