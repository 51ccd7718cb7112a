"""Bytes as a list of choices, for targets whose inputs are structures: whatever the bytes are, they mean something."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["Choices"]

Item = TypeVar("Item")


class Choices:
    """Takes decisions off the front of some bytes; when they are used up, every further decision is the first one."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    @property
    def left(self) -> int:
        """How many bytes are left."""
        return max(0, len(self._data) - self._at)

    def number(self, below: int) -> int:
        """A number from 0: one byte, or two where one is too few."""
        size = 1 if below <= 256 else 2
        taken = self._data[self._at : self._at + size]
        self._at += size
        return int.from_bytes(taken, "little") % below

    def pick(self, items: Sequence[Item]) -> Item:
        """One of them."""
        return items[self.number(len(items))]

    def some(self, items: Sequence[Item], most: int) -> list[Item]:
        """At most so many of them, none twice."""
        return list(dict.fromkeys(self.pick(items) for _ in range(self.number(most + 1))))

    def chance(self, of: int) -> bool:
        """True for one of so many values of a byte; false when nothing is left."""
        return self.number(of) == of - 1

    def remaining(self) -> bytes:
        """What is left."""
        taken, self._at = self._data[self._at :], len(self._data)
        return taken
