"""Dividing numbers by weights."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["divide", "headroom"]


def divide(total: int, weights: Sequence[float]) -> list[int]:
    """`total` over `weights` by largest remainder, at least one each; if there are too few, the heaviest get one each.

    Ties go to the earlier entry, so that the result is the same everywhere.
    """
    whole = _integers(weights)
    if total < len(whole):
        order = sorted(range(len(whole)), key=lambda i: (-whole[i], i))[:total]
        return [int(i in order) for i in range(len(whole))]
    # Whose exact share is under one gets one; the others divide what is left, and may then be under one themselves.
    shared = list(range(len(whole)))
    while True:
        rest, sum_ = total - (len(whole) - len(shared)), sum(whole[i] for i in shared)
        enough = [i for i in shared if rest * whole[i] >= sum_]
        if len(enough) == len(shared):
            break
        shared = enough
    parts = [1] * len(whole)
    for i in shared:
        parts[i] = rest * whole[i] // sum_
    order = sorted(shared, key=lambda i: (-(rest * whole[i] % sum_), i))
    for i in order[: total - sum(parts)]:
        parts[i] += 1
    return parts


def headroom(total: float, weights: Sequence[float]) -> list[int]:
    """Shares of `total` that still add up to it when the largest cluster is lost; `total` itself for a single one.

    A cluster of weight 0 holds what it has while it is drained: it gets as much as the smallest of the others.
    """
    wanted, whole = math.ceil(total), _integers(weights)
    others = sum(whole) - max(whole)
    least = min(w for w in whole if w)
    return [min(wanted, -(-wanted * (w or least) // others)) if others else wanted for w in whole]


def _integers(weights: Sequence[float]) -> list[int]:
    """Weights of the same ratios without fractions, so that no rounding decides; all alike where none has weight."""
    if not any(weights):
        return [1] * len(weights)
    if all(isinstance(w, int) for w in weights):
        return [int(w) for w in weights]
    ratios = [Fraction(w) for w in weights]
    scale = math.lcm(*(r.denominator for r in ratios))
    return [int(r * scale) for r in ratios]
