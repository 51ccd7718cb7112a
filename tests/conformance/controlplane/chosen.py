"""Which clusters the tests of this folder are run with, by one variable.

`SIXFOLD_CLUSTERS` is `loopback` (the servers of `plane.py`) or `kind` (`kind/`), and behind a colon the clusters of the
fleet that are wanted, as environment-name with commas between them. Argo CD's own cluster is always there.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.conformance.controlplane.plane import ControlPlane

VARIABLE = "SIXFOLD_CLUSTERS"
# A container each is too much for a laptop when there are ten. With these every test has what it is about.
FEW = ("prod-dc1-a", "prod-dc2-a", "prod-dc2-b", "prod-dc2-c")


@dataclass(frozen=True)
class Chosen:
    """By what the clusters are made, and which of the fleet's: None for all."""

    maker: str
    wanted: tuple[str, ...] | None

    def of(self, fleet: list[str]) -> list[str]:
        """Those of the fleet's clusters that are made, in its order."""
        if self.wanted is None:
            return fleet
        if unknown := set(self.wanted) - set(fleet):
            raise ValueError(f"{VARIABLE}: no cluster {', '.join(sorted(unknown))}; known: {', '.join(fleet)}")
        return [name for name in fleet if name in self.wanted]


def needs(plane: ControlPlane, *names: str) -> None:
    """Skips the calling test where one of these clusters was not chosen."""
    if missing := [name for name in names if name not in plane.clusters]:
        pytest.skip(f"{VARIABLE} leaves out {', '.join(missing)}")


def choose(text: str) -> Chosen:
    """What the variable says."""
    maker, _, names = text.partition(":")
    maker = maker or "loopback"
    if maker not in {"loopback", "kind"}:
        raise ValueError(f"{VARIABLE}: {maker!r} is neither loopback nor kind")
    if names:
        return Chosen(maker, None if names == "all" else tuple(names.split(",")))
    return Chosen(maker, FEW if maker == "kind" else None)
