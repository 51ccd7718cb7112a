"""What a person most likely meant by what is not a Kubernetes quantity."""

from __future__ import annotations

import re

from compiler.diagnostics import nearest

__all__ = ["quantity_help"]

_PARTS = re.compile(r"\s*([0-9]+(?:[.,][0-9]+)?|[.,][0-9]+)\s*([A-Za-z]*)\s*")
_LETTERS = "kmgtpe"
# By unit, in small letters: what may have been meant, each as a suffix. MB may be either; `m` is a thousandth.
_MEANT: dict[str, tuple[str, ...]] = {
    **{letter: ("k" if letter == "k" else letter.upper(), f"{letter.upper()}i") for letter in _LETTERS},
    **{f"{letter}b": ("k" if letter == "k" else letter.upper(), f"{letter.upper()}i") for letter in _LETTERS},
    **{f"{letter}i": (f"{letter.upper()}i",) for letter in _LETTERS},
    **{f"{letter}ib": (f"{letter.upper()}i",) for letter in _LETTERS},
    **dict.fromkeys(("", "b", "byte", "bytes", "c", "cpu", "cpus", "core", "cores", "vcpu", "vcpus"), ("",)),
    **dict.fromkeys(("mm", "mc", "mcpu", "mcore", "mcores", "milli", "millis", "millicore", "millicores"), ("m",)),
}


def quantity_help(text: str) -> str:
    """A help sentence: the nearest valid form (`64 MiB`: `64Mi`), or examples where none is near."""
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
