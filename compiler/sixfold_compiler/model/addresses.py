"""Addresses in the fleet: an app, a cell (environment and data center), and a target (cluster).

Addresses are values: records and mappings hold them, and text appears only in files, messages and names. `str` gives
the text of an address, and `parse` reads it back. A cluster's key is its `Target`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from typing import Self

__all__ = ["AppKey", "Cell", "Target", "is_within"]


class AppKey(str):
    """The key of an app: the text `team/name`, with both parts as fields.

    The key is a string so that mappings with thousands of apps look it up and sort it at the speed of strings.
    """

    __slots__ = ("name", "team")

    team: str
    name: str

    def __new__(cls, team: str, name: str) -> Self:
        """Return the key of the app `name` of a team."""
        key = super().__new__(cls, f"{team}/{name}")
        key.team, key.name = team, name
        return key

    def __reduce__(self) -> tuple[type[AppKey], tuple[str, str]]:
        return AppKey, (self.team, self.name)

    @classmethod
    def parse(cls, text: str) -> Self:
        """Parse `team/name`.

        Raises:
            ValueError: The text does not have exactly two parts, or one of them is empty.
        """
        team, slash, name = text.partition("/")
        if not (team and slash and name) or "/" in name:
            raise ValueError(f"{text!r} is not team/app")
        return cls(team, name)

    def matches(self, pattern: str) -> bool:
        """Return whether the pattern `*`, `team` or `team/app` in a list of callers includes this app."""
        return pattern in ("*", self.team, self)


@dataclass(frozen=True, order=True, slots=True)
class Cell:
    """A cell: one data center of one environment."""

    environment: str
    data_center: str

    @classmethod
    def parse(cls, text: str) -> Cell:
        """Parse `environment/dataCenter`.

        Raises:
            ValueError: The text does not have exactly two parts, or one of them is empty.
        """
        parts = text.split("/")
        if len(parts) != len(cls.__slots__) or not all(parts):
            raise ValueError(f"{text!r} is not environment/dataCenter")
        return cls(*parts)

    @property
    def value_path(self) -> tuple[str, ...]:
        """The path of the data center in the fleet's data."""
        return "environments", self.environment, "dataCenters", self.data_center

    def __str__(self) -> str:
        return f"{self.environment}/{self.data_center}"


@dataclass(frozen=True, order=True, slots=True)
class Target:
    """A cluster of a cell, to which overlays are applied. It is also the key of the cluster."""

    environment: str
    data_center: str
    cluster: str

    @classmethod
    def parse(cls, text: str) -> Target:
        """Parse `environment/dataCenter/cluster`.

        Raises:
            ValueError: The text does not have exactly three parts, or one of them is empty.
        """
        parts = text.split("/")
        if len(parts) != len(cls.__slots__) or not all(parts):
            raise ValueError(f"{text!r} is not environment/dataCenter/cluster")
        return cls(*parts)

    @property
    def cell(self) -> Cell:
        """The cell of the cluster."""
        return Cell(self.environment, self.data_center)

    @property
    def value_path(self) -> tuple[str, ...]:
        """The path of the cluster in the fleet's data."""
        return *self.cell.value_path, "clusters", self.cluster

    def __str__(self) -> str:
        return f"{self.environment}/{self.data_center}/{self.cluster}"


def is_within(address: Cell | Target | str, place: str) -> bool:
    """Return whether an address is `place` or a part of it: `env`, `env/dc` or `env/dc/cluster`; empty: everything."""
    return not place or f"{address}/".startswith(f"{place.strip('/')}/")
