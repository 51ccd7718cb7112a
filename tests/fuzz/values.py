"""JSON values, compared as strictly as JSON tells them apart."""

from __future__ import annotations

from typing import Any

__all__ = ["plain_json", "same"]

LARGEST = 2**53 - 1


def same(left: Any, other: Any) -> bool:
    """Whether two values are equal with their types: 1 is not 1.0 and not true. The order of keys says nothing."""
    if type(left) is not type(other):
        return False
    if isinstance(left, dict):
        return left.keys() == other.keys() and all(same(left[key], other[key]) for key in left)
    if isinstance(left, list):
        return len(left) == len(other) and all(map(same, left, other))
    return bool(left == other)


def plain_json(value: Any, depth: int = 0) -> bool:
    """Whether a value is what every JSON reader reads alike, nested no deeper than 32."""
    if isinstance(value, dict):
        return depth < 32 and all(type(key) is str and plain_json(item, depth + 1) for key, item in value.items())
    if isinstance(value, list):
        return depth < 32 and all(plain_json(item, depth + 1) for item in value)
    if isinstance(value, float):
        return value - value == 0  # neither infinite nor NaN
    return value is None or type(value) in (bool, str) or (type(value) is int and abs(value) <= LARGEST)
