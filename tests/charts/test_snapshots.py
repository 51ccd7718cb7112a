"""The objects that the chart renders from each set of values, compared with `tests/charts/snapshots/`.

SIXFOLD_REWRITE=1 writes the snapshots; review the diff.
"""

from __future__ import annotations

import os

import pytest

from tests.support.chart import SETS, SNAPSHOTS, snapshot

pytestmark = pytest.mark.conformance("Helm")
REWRITE = "SIXFOLD_REWRITE"


@pytest.mark.parametrize("name", SETS)
def test_the_chart_renders_its_snapshot(name):
    file = SNAPSHOTS / f"{name}.yaml"
    actual = snapshot(SETS[name])
    if os.environ.get(REWRITE):
        file.write_text(actual)
    assert actual == file.read_text()
