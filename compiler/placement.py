"""Which clusters of a data center host a team's namespace, with what weight, and which is an app's home.

For now every active cluster of the data center hosts every team, weighted by its CPU; home clusters follow from a
stable hash. A pure function of the fleet.
"""

from __future__ import annotations

import hashlib
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from compiler.scale import divide

if TYPE_CHECKING:
    from compiler.fleet import Cell, FleetInput
    from compiler.model.base import Quantity

__all__ = ["Host", "Placement", "number", "place"]

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


@dataclass(frozen=True, order=True, slots=True)
class Host:
    """A cluster that hosts a namespace; the weights of a data center add up to 100."""

    cluster: str
    weight: int


@dataclass(frozen=True, slots=True)
class Placement:
    """The hosts of every team in every cell where it may run, sorted by cluster; none where no cluster is active."""

    hosts: dict[tuple[Cell, str], tuple[Host, ...]]

    def home(self, cell: Cell, team: str, app: str) -> str:
        """The one cluster for an app that runs once in a data center (weighted rendezvous hashing)."""
        return max(self.hosts[cell, team], key=lambda h: (_score(f"{cell}/{team}/{app}", h), h.cluster)).cluster


def place(fleet: FleetInput) -> Placement:
    """The placement of a fleet."""
    hosts: dict[tuple[Cell, str], tuple[Host, ...]] = {}
    teams = {name: fleet.team_cells(team) for name, team in fleet.fleet.teams.items()}
    for cell, data_center in fleet.cells():
        active = sorted(
            (name, number(c.capacity.cpu)) for name, c in data_center.clusters.items() if c.state == "active"
        )
        weights = divide(100, [cpu for _, cpu in active]) if active else []
        row = tuple(Host(name, weight) for (name, _), weight in zip(active, weights, strict=True))
        for team, cells in teams.items():
            if cell in cells:
                hosts[cell, team] = row
    return Placement(hosts)


def number(quantity: Quantity) -> float:
    """A Kubernetes quantity as a number (cores, bytes)."""
    text = str(quantity)
    for size in (2, 1):
        if (unit := text[-size:]) in _UNITS:
            return float(text[:-size]) * _UNITS[unit]
    return float(text)


def _score(key: str, host: Host) -> float:
    digest = hashlib.sha256(f"{key}\0{host.cluster}".encode()).digest()
    uniform = (int.from_bytes(digest[:7], "big") + 0.5) / 2**56
    return -host.weight / math.log(uniform)
