"""Kubernetes quantities: parsing, sums of resources, and suggestions for misspelled quantities.

Not `kubernetes.utils`, which accepts `1K`, `1 Gi` and the digits of other scripts.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache

from sixfold_compiler.diagnostics import nearest

__all__ = ["Resources", "number", "quantity_help", "quantity_value"]

LARGEST = Decimal("1e21")

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
    """Return a help sentence for an invalid quantity: the nearest valid one (`64Mi` for `64 MiB`), or examples."""
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


_QUANTITY = re.compile(
    r"([+-]?[0-9]{1,25}(?:\.[0-9]{0,25})?|[+-]?\.[0-9]{1,25})(?:[eE]([+-]?[0-9]{1,2})|([a-zA-Z]{1,2}))?"
)
_UNITS = {"n": Decimal("1e-9"), "u": Decimal("1e-6"), "m": Decimal("1e-3"), "k": Decimal(1000)}
_UNITS |= {unit: Decimal(1000) ** power for power, unit in enumerate("MGTPE", 2)}
_UNITS |= {f"{unit}i": Decimal(1024) ** power for power, unit in enumerate("KMGTPE", 1)}


def quantity_value(quantity: object) -> Decimal:
    """Return the exact value of a Kubernetes quantity, in cores or bytes.

    Raises:
        ValueError: The text is not a quantity, or its value is negative or larger than `LARGEST`.
    """
    return _value(str(quantity))


def number(quantity: str | float) -> float:
    """Return the value of a Kubernetes quantity as a float. Raises the errors of `quantity_value`."""
    return float(_value(str(quantity)))


@lru_cache(maxsize=4096)
def _value(text: str) -> Decimal:
    match = _QUANTITY.fullmatch(text)
    if match is None or (match[3] and match[3] not in _UNITS):
        raise ValueError("not a quantity")
    value = Decimal(match[1]) * (_UNITS[match[3]] if match[3] else Decimal(10) ** int(match[2] or 0))
    if not 0 <= value <= LARGEST:
        raise ValueError("out of range")
    return value


@dataclass(frozen=True, slots=True)
class Resources:
    """An amount of `cpu` (millicores), `memory` (bytes) and `pods`, all integers, so that sums are exact."""

    cpu: int = 0
    memory: int = 0
    pods: int = 0

    @staticmethod
    def of(cpu: str | float, memory: str | float, pods: int) -> Resources:
        """Return the amount for a CPU quantity, a memory quantity and a number of pods."""
        return _resources(cpu, memory, pods)

    def __add__(self, other: Resources) -> Resources:
        """Return the sum of two amounts, resource by resource."""
        return Resources(self.cpu + other.cpu, self.memory + other.memory, self.pods + other.pods)

    def __sub__(self, other: Resources) -> Resources:
        """Return the difference of two amounts, resource by resource; it may be negative."""
        return Resources(self.cpu - other.cpu, self.memory - other.memory, self.pods - other.pods)

    def times(self, factor: int, per: int = 1) -> Resources:
        """Return the amount multiplied by `factor / per`, rounded up."""
        return Resources(
            -(-self.cpu * factor // per), -(-self.memory * factor // per), -(-self.pods * factor // per)
        )  # fmt: skip

    def within(self, room: Resources) -> bool:
        """Return whether the amount fits into `room` in every resource."""
        return self.cpu <= room.cpu and self.memory <= room.memory and self.pods <= room.pods

    def fraction_of(self, capacity: Resources) -> float:
        """Return the largest fraction that the amount is of `capacity`, over all resources.

        For a resource without capacity the fraction is 1.0 if the amount needs it, else 0.
        """
        pairs = ((self.cpu, capacity.cpu), (self.memory, capacity.memory), (self.pods, capacity.pods))
        return max(used / most if most else float(bool(used)) for used, most in pairs)

    def __str__(self) -> str:
        cores = self.cpu / 1000
        return f"{cores:,.{0 if cores >= 10 else 1}f} cores, {_bytes(self.memory)}, {self.pods:,} pods"


@lru_cache(maxsize=4096)
def _resources(cpu: str | float, memory: str | float, pods: int) -> Resources:
    return Resources(round(number(cpu) * 1000), round(number(memory)), pods)


def _bytes(amount: int) -> str:
    for unit, size in (("TiB", 2**40), ("GiB", 2**30), ("MiB", 2**20)):
        if abs(amount) >= size:
            return f"{amount / size:,.1f} {unit}"
    return f"{amount:,} B"
