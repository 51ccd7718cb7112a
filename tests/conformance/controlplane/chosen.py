"""Selection of the clusters for the tests of this folder by a variable.

`SIXFOLD_CLUSTERS` is `loopback` (the servers of `plane.py`) or `kind` (`kind/`), with the selected clusters of the
fleet after a colon, as comma-separated environment-name. Argo CD's own cluster always exists.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.conformance.controlplane.plane import ControlPlane

VARIABLE = "SIXFOLD_CLUSTERS"
# Ten clusters with a container each are too much for a laptop. These are enough for every test.
FEW = ("prod-dc1-a", "prod-dc2-a", "prod-dc2-b", "prod-dc2-c")


@dataclass(frozen=True)
class Chosen:
    """The maker of the clusters, and the selected clusters of the fleet; None for all."""

    maker: str
    wanted: tuple[str, ...] | None

    def of(self, fleet: list[str]) -> list[str]:
        """Return the selected clusters of the fleet, in the fleet's order."""
        if self.wanted is None:
            return fleet
        if unknown := set(self.wanted) - set(fleet):
            raise ValueError(f"{VARIABLE}: no cluster {', '.join(sorted(unknown))}; known: {', '.join(fleet)}")
        return [name for name in fleet if name in self.wanted]


def needs(plane: ControlPlane, *names: str) -> None:
    """Skip the calling test if one of these clusters was not selected."""
    if missing := [name for name in names if name not in plane.clusters]:
        pytest.skip(f"{VARIABLE} leaves out {', '.join(missing)}")


def choose(text: str) -> Chosen:
    """Parse the value of the variable."""
    maker, _, names = text.partition(":")
    maker = maker or "loopback"
    if maker not in {"loopback", "kind"}:
        raise ValueError(f"{VARIABLE}: {maker!r} is neither loopback nor kind")
    if names:
        return Chosen(maker, None if names == "all" else tuple(names.split(",")))
    return Chosen(maker, FEW if maker == "kind" else None)
