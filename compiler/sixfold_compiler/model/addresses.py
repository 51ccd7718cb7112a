"""Addresses of the fleet: a cell (environment and data center) and a target (cluster)."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Cell", "Target"]


@dataclass(frozen=True, order=True, slots=True)
class Cell:
    """An environment and one of its data centers."""

    environment: str
    data_center: str

    def __str__(self) -> str:
        return f"{self.environment}/{self.data_center}"


@dataclass(frozen=True, order=True, slots=True)
class Target:
    """Where one overlay goes."""

    environment: str
    data_center: str
    cluster: str

    @property
    def cell(self) -> Cell:
        """The target without its cluster."""
        return Cell(self.environment, self.data_center)

    def __str__(self) -> str:
        return f"{self.environment}/{self.data_center}/{self.cluster}"
