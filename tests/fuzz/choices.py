"""Bytes as a list of choices, for targets with structured inputs: all bytes have a meaning."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["Choices"]

Item = TypeVar("Item")


class Choices:
    """Decisions that are read from the front of some bytes; after their end every decision is the first option."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    @property
    def left(self) -> int:
        """Return the number of bytes that are left."""
        return max(0, len(self._data) - self._at)

    def number(self, below: int) -> int:
        """Return a number from 0 to `below` - 1, from one byte, or from two if `below` is more than 256."""
        size = 1 if below <= 256 else 2
        taken = self._data[self._at : self._at + size]
        self._at += size
        return int.from_bytes(taken, "little") % below

    def pick(self, items: Sequence[Item]) -> Item:
        """Return one of the items."""
        return items[self.number(len(items))]

    def some(self, items: Sequence[Item], most: int) -> list[Item]:
        """Return at most so many of the items, without duplicates."""
        return list(dict.fromkeys(self.pick(items) for _ in range(self.number(most + 1))))

    def chance(self, of: int) -> bool:
        """Return True for one in `of` values; False if no bytes are left."""
        return self.number(of) == of - 1

    def remaining(self) -> bytes:
        """Return the remaining bytes."""
        taken, self._at = self._data[self._at :], len(self._data)
        return taken
