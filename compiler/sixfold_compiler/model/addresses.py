"""Addresses of the fleet: an app, a cell (environment and data center) and a target (cluster).

Addresses are values: records and mappings hold them as they are, and text appears only in files, messages and names.
`str` gives the text of an address and `parse` reads it back. The key of a cluster is its `Target`; there is no other.
"""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["AppKey", "Cell", "Target"]


@dataclass(frozen=True, slots=True)
class AppKey:
    """The key of an app: its team and its name, which is unique within the team.

    Keys sort as their text `team/name` does, so that files, findings and decisions keep one order.
    """

    team: str
    name: str

    @classmethod
    def parse(cls, text: str) -> AppKey:
        """Read `team/name`.

        Raises:
            ValueError: The text does not have exactly two parts, or one of them is empty.
        """
        team, slash, name = text.partition("/")
        if not (team and slash and name) or "/" in name:
            raise ValueError(f"{text!r} is not team/app")
        return cls(team, name)

    def matches(self, pattern: str) -> bool:
        """Return whether a list of callers that contains `pattern` (`*`, `team` or `team/app`) admits the app."""
        return pattern in ("*", self.team, f"{self.team}/{self.name}")

    def __lt__(self, other: AppKey) -> bool:
        return str(self) < str(other)

    def __str__(self) -> str:
        return f"{self.team}/{self.name}"


@dataclass(frozen=True, order=True, slots=True)
class Cell:
    """An environment and one of its data centers."""

    environment: str
    data_center: str

    @classmethod
    def parse(cls, text: str) -> Cell:
        """Read `environment/dataCenter`.

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
    """A cluster of a cell: the key of a cluster, and where an overlay is applied."""

    environment: str
    data_center: str
    cluster: str

    @classmethod
    def parse(cls, text: str) -> Target:
        """Read `environment/dataCenter/cluster`.

        Raises:
            ValueError: The text does not have exactly three parts, or one of them is empty.
        """
        parts = text.split("/")
        if len(parts) != len(cls.__slots__) or not all(parts):
            raise ValueError(f"{text!r} is not environment/dataCenter/cluster")
        return cls(*parts)

    @property
    def cell(self) -> Cell:
        """The target without its cluster."""
        return Cell(self.environment, self.data_center)

    @property
    def value_path(self) -> tuple[str, ...]:
        """The path of the cluster in the fleet's data."""
        return *self.cell.value_path, "clusters", self.cluster

    def __str__(self) -> str:
        return f"{self.environment}/{self.data_center}/{self.cluster}"
