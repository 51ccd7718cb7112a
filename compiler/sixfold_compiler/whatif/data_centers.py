"""The capacity and the apps of each data center, as input of the simulation."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from sixfold_compiler.placement import demand_of, placement_of
from sixfold_compiler.placement.problem import FleetProblems, nodes_of
from sixfold_compiler.placement.scale import quota_on

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sixfold_compiler.inputs.fleet import FleetInput
    from sixfold_compiler.model.addresses import Cell, Target
    from sixfold_compiler.model.quantities import Resources
    from sixfold_compiler.placement import AppDemand, Demands, Host, Lock

__all__ = ["DataCenterCapacity", "Member", "data_centers_of"]


@dataclass(frozen=True, slots=True)
class Member:
    """An app with the hosts of its team, and its home (empty if it does not run once, or has none)."""

    team: str
    app: AppDemand
    hosts: tuple[Host, ...]
    home: str


@dataclass(frozen=True)
class DataCenterCapacity:
    """A data center: its clusters by name, its apps, the quotas by team, and the priorities by tier."""

    cell: Cell
    capacity: Mapping[str, Resources]
    room: Mapping[str, Resources]
    nodes: Mapping[str, int]
    members: tuple[Member, ...]
    quotas: Mapping[str, Resources]
    priority: Mapping[str, int]

    @cached_property
    def _admitted(self) -> dict[str, dict[str, Resources]]:
        return {}

    def admitted(self, team: str, hosts: tuple[Host, ...]) -> dict[str, Resources]:
        """Return the limits that a team's ResourceQuota sets on each of its hosts."""
        limits = self._admitted.get(team)
        if limits is None:
            parts = quota_on(self.quotas[team], hosts)
            limits = self._admitted[team] = {host.cluster: part for host, part in zip(hosts, parts, strict=True)}
        return limits


def data_centers_of(
    fleet: FleetInput, demands: Demands, lock: Lock, live: Mapping[Target, Resources] | None = None
) -> dict[Cell, DataCenterCapacity]:
    """Return every data center of the fleet with the teams that the lock places there.

    Unknown teams and clusters in the lock are ignored, as in `utilization_of`. Reserves are ignored too, because no pod
    uses them.
    """
    problems, placement = FleetProblems(fleet, live, ""), placement_of(fleet, lock)
    priority: dict[str, int] = {tier: value.priority for tier, value in fleet.model.tiers.items()}
    data_centers: dict[Cell, DataCenterCapacity] = {}
    for cell, data_center in fleet.cells():
        problem, members, quotas = problems.problem(cell), [], {}
        for name, row in sorted(lock.hosts.get(cell, {}).items()):
            if name not in fleet.model.teams:
                continue
            team = fleet.model.teams[name]
            quotas[name] = team.quota_in(cell.environment).resources
            hosts = tuple(h for h in row if h.cluster in problem.index)
            for app in demand_of(demands.get(cell, {}), name).apps:
                home = placement.home(cell, name, app.app) if app.spread == "home" else ""
                members.append(Member(name, app, hosts, home if home in problem.index else ""))
        data_centers[cell] = DataCenterCapacity(
            cell,
            dict(zip(problem.names, problem.capacity, strict=True)),
            {name: problem.room(index) for index, name in enumerate(problem.names)},
            {name: nodes_of(data_center.clusters[name]) for name in problem.names},
            tuple(members),
            quotas,
            priority,
        )
    return data_centers
