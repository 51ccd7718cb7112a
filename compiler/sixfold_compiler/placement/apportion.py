"""Divide integers in proportion to weights."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["divide", "headroom"]


def divide(total: int, weights: Sequence[float]) -> list[int]:
    """Divide `total` in proportion to `weights` by the largest remainder method, with at least one for each weight.

    If `total` is less than the number of weights, the largest weights get one each. Ties go to the earlier entry.
    """
    integers = _integers(weights)
    if total < len(integers):
        order = sorted(range(len(integers)), key=lambda i: (-integers[i], i))[:total]
        return [int(i in order) for i in range(len(integers))]
    # An entry with an exact share under one gets one; the others divide the remainder, which may push them under one.
    shared = list(range(len(integers)))
    while True:
        remaining, sum_ = total - (len(integers) - len(shared)), sum(integers[i] for i in shared)
        enough = [i for i in shared if remaining * integers[i] >= sum_]
        if len(enough) == len(shared):
            break
        shared = enough
    parts = [1] * len(integers)
    for i in shared:
        parts[i] = remaining * integers[i] // sum_
    order = sorted(shared, key=lambda i: (-(remaining * integers[i] % sum_), i))
    for i in order[: total - sum(parts)]:
        parts[i] += 1
    return parts


def headroom(total: float, weights: Sequence[float]) -> list[int]:
    """Return shares of `total` that still add up to `total` if the cluster with the largest share is lost.

    A single cluster gets `total`. A cluster of weight 0, which is being drained, gets the smallest share of the others.
    """
    wanted, integers = math.ceil(total), _integers(weights)
    others = sum(integers) - max(integers)
    least = min(w for w in integers if w)
    return [min(wanted, -(-wanted * (w or least) // others)) if others else wanted for w in integers]


def _integers(weights: Sequence[float]) -> list[int]:
    """Return integers in the same ratios, so that results do not depend on rounding; all 1 if all weights are 0."""
    if not any(weights):
        return [1] * len(weights)
    if all(isinstance(w, int) for w in weights):
        return [int(w) for w in weights]
    ratios = [Fraction(w) for w in weights]
    scale = math.lcm(*(r.denominator for r in ratios))
    return [int(r * scale) for r in ratios]
