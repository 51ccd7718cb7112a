"""The result of placing the teams of a data center."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from sixfold_compiler.placement.lock import Host

if TYPE_CHECKING:
    from sixfold_compiler.placement.occupancy import Occupancy
    from sixfold_compiler.placement.problem import TeamRequest

__all__ = ["Failure", "Solution"]


@dataclass(frozen=True, slots=True)
class Failure:
    """A team that could not be placed, and the constraint that it failed last (one of `Blocked`, or `spread`)."""

    request: TeamRequest
    constraint: str


@dataclass(slots=True)
class Solution:
    """The result of placing the teams of a data center.

    Attributes:
        occupancy: The placed teams and their load.
        reasons: The reason of each changed assignment, by team.
        failures: The teams that could not be placed.
        standby: The standby clusters that are newly used, each with the first team that needed it.
    """

    occupancy: Occupancy
    reasons: dict[str, str] = field(default_factory=dict)
    failures: list[Failure] = field(default_factory=list)
    standby: dict[int, str] = field(default_factory=dict)

    def hosts_of(self, request: TeamRequest) -> tuple[Host, ...]:
        """Return the hosts of a placed team with their weights, in the form of the lock."""
        assignment, names = self.occupancy.assignments[request.team], self.occupancy.problem.names
        pairs = zip(assignment.hosts, assignment.weights, strict=True)
        return tuple(Host(names[host], weight) for host, weight in pairs)

    def homes_of(self, request: TeamRequest) -> dict[str, str]:
        """Return the cluster of each of a placed team's apps that run once, by app."""
        assignment, names = self.occupancy.assignments[request.team], self.occupancy.problem.names
        return {app: names[home] for (app, _), home in zip(request.homes, assignment.homes, strict=True)}

    @property
    def standby_by_name(self) -> dict[str, str]:
        """The newly used standby clusters as `environment/dataCenter/cluster`, each with that team."""
        problem = self.occupancy.problem
        return {f"{problem.cell}/{problem.names[cluster]}": team for cluster, team in self.standby.items()}
