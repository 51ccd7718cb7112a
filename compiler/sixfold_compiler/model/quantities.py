"""Kubernetes quantities: amounts of resources, and suggestions for misspelled quantities.

Not `kubernetes.utils`, which accepts `1K`, `1 Gi` and the digits of other scripts.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from sixfold_compiler.diagnostics import nearest

if TYPE_CHECKING:
    from sixfold_compiler.model.base import Quantity

__all__ = ["Resources", "number", "quantity_help"]

_PARTS = re.compile(r"\s*([0-9]+(?:[.,][0-9]+)?|[.,][0-9]+)\s*([A-Za-z]*)\s*")
_LETTERS = "kmgtpe"
# Possible suffixes by misspelled unit, in small letters. MB may be M or Mi; `m` is a thousandth.
_MEANT: dict[str, tuple[str, ...]] = {
    **{letter: ("k" if letter == "k" else letter.upper(), f"{letter.upper()}i") for letter in _LETTERS},
    **{f"{letter}b": ("k" if letter == "k" else letter.upper(), f"{letter.upper()}i") for letter in _LETTERS},
    **{f"{letter}i": (f"{letter.upper()}i",) for letter in _LETTERS},
    **{f"{letter}ib": (f"{letter.upper()}i",) for letter in _LETTERS},
    **dict.fromkeys(("", "b", "byte", "bytes", "c", "cpu", "cpus", "core", "cores", "vcpu", "vcpus"), ("",)),
    **dict.fromkeys(("mm", "mc", "mcpu", "mcore", "mcores", "milli", "millis", "millicore", "millicores"), ("m",)),
}


def quantity_help(text: str) -> str:
    """Return a help sentence with the nearest valid quantity (`64Mi` for `64 MiB`), or with examples."""
    match = _PARTS.fullmatch(text)
    if match:
        number, unit = match[1].replace(",", "."), match[2]
        number = f"0{number}" if number.startswith(".") else number
        meant = ("m",) if unit == "m" else _MEANT.get(unit.lower())
        if meant is None and (close := nearest(unit.lower(), _MEANT)):
            meant = _MEANT[close]
        if meant:
            return f"did you mean {' or '.join(number + suffix for suffix in meant)}?"
    return "write a number with a unit that Kubernetes knows, such as 250m (cores), 64Mi or 2Gi"


_UNITS = {
    "m": 1e-3,
    "k": 1e3,
    "M": 1e6,
    "G": 1e9,
    "T": 1e12,
    "P": 1e15,
    "E": 1e18,
    "Ki": 2**10,
    "Mi": 2**20,
    "Gi": 2**30,
    "Ti": 2**40,
    "Pi": 2**50,
    "Ei": 2**60,
}


@dataclass(frozen=True, slots=True)
class Resources:
    """An amount: `cpu` in millicores, `memory` in bytes, `pods`. Whole numbers, so that sums do not depend on order."""

    cpu: int = 0
    memory: int = 0
    pods: int = 0

    @staticmethod
    def of(cpu: Quantity, memory: Quantity, pods: int) -> Resources:
        """Return the amount of Kubernetes quantities."""
        return Resources(round(number(cpu) * 1000), round(number(memory)), pods)

    def __add__(self, other: Resources) -> Resources:
        """Return the sum."""
        return Resources(self.cpu + other.cpu, self.memory + other.memory, self.pods + other.pods)

    def __sub__(self, other: Resources) -> Resources:
        """Return the difference, which may be negative."""
        return Resources(self.cpu - other.cpu, self.memory - other.memory, self.pods - other.pods)

    def times(self, factor: int, per: int = 1) -> Resources:
        """Return `factor / per` of the amount, rounded up."""
        return Resources(
            -(-self.cpu * factor // per), -(-self.memory * factor // per), -(-self.pods * factor // per)
        )  # fmt: skip

    def within(self, room: Resources) -> bool:
        """Return whether the amount fits into `room`."""
        return self.cpu <= room.cpu and self.memory <= room.memory and self.pods <= room.pods

    def __str__(self) -> str:
        cores = self.cpu / 1000
        return f"{cores:,.{0 if cores >= 10 else 1}f} cores, {_bytes(self.memory)}, {self.pods:,} pods"


def number(quantity: Quantity) -> float:
    """Return a valid Kubernetes quantity as a number of cores or bytes."""
    return _number(str(quantity))


@lru_cache(maxsize=4096)
def _number(text: str) -> float:
    for size in (2, 1):
        if (unit := text[-size:]) in _UNITS:
            return float(text[:-size]) * _UNITS[unit]
    return float(text)


def _bytes(amount: int) -> str:
    for unit, size in (("TiB", 2**40), ("GiB", 2**30), ("MiB", 2**20)):
        if abs(amount) >= size:
            return f"{amount / size:,.1f} {unit}"
    return f"{amount:,} B"
