"""How full a cluster is, and how much of a quantity there is, in words."""

from __future__ import annotations

import pytest

from compiler.placement.load import Load
from compiler.placement.quantities import Resources

HALF = Resources.of("500m", "1Gi", 5)
WHOLE = Resources.of(1, "2Gi", 10)


def test_what_is_free_is_the_room_without_what_all_tiers_use_and_may_be_below_zero() -> None:
    load = Load(WHOLE, HALF, {"P0": HALF, "P1": HALF})
    assert load.total == WHOLE
    assert load.free == HALF - WHOLE
    assert load.free.cpu < 0


def test_a_cluster_is_as_full_as_its_fullest_resource() -> None:
    assert Load(WHOLE, WHOLE, {"P0": HALF}).fullness == 0.5
    assert Load(WHOLE, WHOLE, {"P0": Resources.of("100m", "100Mi", 8)}).fullness == 0.8


def test_of_nothing_nothing_is_used_or_all_of_it() -> None:
    assert Load(Resources(), Resources()).fullness == 0
    assert Load(Resources(), Resources(), {"P0": HALF}).fullness == 1


@pytest.mark.parametrize(
    ("memory", "told"), [("2Ti", "2.0 TiB"), ("1536Mi", "1.5 GiB"), ("3Mi", "3.0 MiB"), ("1023", "1,023 B")]
)
def test_memory_is_told_in_the_largest_unit_that_it_fills(memory, told) -> None:
    assert told in str(Resources.of(0, memory, 0))
