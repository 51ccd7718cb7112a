"""Strict comparison of JSON values."""

from __future__ import annotations

from typing import Any

__all__ = ["plain_json", "same"]

LARGEST = 2**53 - 1


def same(left: Any, other: Any) -> bool:
    """Return whether two values and their types are equal: 1 is neither 1.0 nor true. The order of keys is ignored."""
    if type(left) is not type(other):
        return False
    if isinstance(left, dict):
        return left.keys() == other.keys() and all(same(left[key], other[key]) for key in left)
    if isinstance(left, list):
        return len(left) == len(other) and all(map(same, left, other))
    return bool(left == other)


def plain_json(value: Any, depth: int = 0) -> bool:
    """Return whether every JSON reader reads a value alike, and its depth is at most 32."""
    if isinstance(value, dict):
        return depth < 32 and all(type(key) is str and plain_json(item, depth + 1) for key, item in value.items())
    if isinstance(value, list):
        return depth < 32 and all(plain_json(item, depth + 1) for item in value)
    if isinstance(value, float):
        return value - value == 0  # neither infinite nor NaN
    return value is None or type(value) in (bool, str) or (type(value) is int and abs(value) <= LARGEST)
