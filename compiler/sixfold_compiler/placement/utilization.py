"""Utilization of each cluster: its capacity, the part that teams may use, and the load of each tier."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sixfold_compiler.model.addresses import Target
from sixfold_compiler.model.quantities import Resources
from sixfold_compiler.placement.demand import Demand, demand_of
from sixfold_compiler.placement.problem import FleetProblems, nodes_of, reserved

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sixfold_compiler.inputs.fleet import FleetInput
    from sixfold_compiler.model.addresses import Cell
    from sixfold_compiler.model.fleet import DataCenter
    from sixfold_compiler.placement.demand import Demands
    from sixfold_compiler.placement.lock import Lock
    from sixfold_compiler.placement.problem import CellProblem

__all__ = ["Utilization", "team_load", "utilization_of"]


@dataclass(frozen=True, slots=True)
class Utilization:
    """The utilization of one cluster.

    Attributes:
        capacity: The full capacity.
        room: The capacity without headroom.
        used: The load of each tier (`P0`, `P1`, `P2`).
        namespaces: The number of hosted teams.
        promised: The sum of the hosted teams' quotas, each multiplied by the team's weight on the cluster.
    """

    capacity: Resources
    room: Resources
    used: Mapping[str, Resources]
    namespaces: int
    promised: Resources

    @property
    def total(self) -> Resources:
        """The load of all tiers together."""
        total = Resources()
        for amount in self.used.values():
            total += amount
        return total

    @property
    def free(self) -> Resources:
        """The room without the load; negative if the load exceeds the room."""
        return self.room - self.total

    @property
    def fullness(self) -> float:
        """The used fraction of the capacity in the fullest resource (1.0: all of it)."""
        return self.total.fraction_of(self.capacity)


def team_load(demand: Demand, shared: Resources, weight: int, homes: frozenset[str], nodes: int) -> Resources:
    """Return the load of a team on one of its hosts.

    Args:
        demand: The team's demand in the data center.
        shared: The amount that is divided by weight (`reserved`; without a reserve, the demand's own).
        weight: The host's weight; while the team moves, its share.
        homes: The apps that have their home on the host.
        nodes: The host's number of nodes.
    """
    total = shared.times(weight, 100)
    if demand.sums.every.pods or demand.sums.node.pods:
        total += demand.sums.every + demand.sums.node.times(nodes)
    if homes:
        for app in demand.apps:
            if app.spread == "home" and app.app in homes:
                total += app.total
    return total


def utilization_of(
    fleet: FleetInput, demands: Demands, lock: Lock, live: Mapping[Target, Resources] | None = None
) -> dict[Target, Utilization]:
    """Return the utilization of every cluster of the fleet under the placements in the lock.

    Args:
        fleet: The fleet. Unknown clusters, teams and data centers in the lock are ignored.
        demands: The demand of every team.
        lock: The placements.
        live: Capacities that were read from live clusters; they replace the fleet's.
    """
    problems = FleetProblems(fleet, live, "")
    result: dict[Target, Utilization] = {}
    for cell, data_center in fleet.cells():
        problem = problems.problem(cell)
        for name, utilization in zip(
            problem.names, _in_cell(fleet, demands.get(cell, {}), lock, problem, data_center), strict=True
        ):
            result[Target(cell.environment, cell.data_center, name)] = utilization
    return result


def _in_cell(
    fleet: FleetInput, demands: Mapping[str, Demand], lock: Lock, problem: CellProblem, data_center: DataCenter
) -> list[Utilization]:
    """Return the utilization of each cluster of a data center, in the order of the problem's clusters."""
    cell = problem.cell
    used: list[dict[str, Resources]] = [{} for _ in problem.names]
    promised = [Resources() for _ in problem.names]
    namespaces = [0] * len(problem.names)
    homes = _homes(lock, cell)
    for name, row in lock.hosts.get(cell, {}).items():
        if name not in fleet.model.teams:
            continue
        team = fleet.model.teams[name]
        demand = demand_of(demands, name)
        shared, tier = reserved(team, cell.environment, demand, problem.rules.reserve), demand.tier
        quota = team.quota_in(cell.environment).resources
        for host in row:
            index = problem.index.get(host.cluster)
            if index is None:
                continue
            apps = frozenset(homes.get(name, {}).get(host.cluster, ()))
            nodes = nodes_of(data_center.clusters[host.cluster])
            own = team_load(demand, shared, host.share, apps, nodes)
            used[index][tier] = used[index].get(tier, Resources()) + own
            promised[index] += quota.times(host.share, 100)
            namespaces[index] += 1
    return [
        Utilization(problem.capacity[i], problem.room(i), used[i], namespaces[i], promised[i])
        for i in range(len(problem.names))
    ]


def _homes(lock: Lock, cell: Cell) -> dict[str, dict[str, set[str]]]:
    """Return the apps that have a home or a copy on each cluster, by team and cluster."""
    homes: dict[str, dict[str, set[str]]] = {}
    for key, cluster in (*lock.homes.get(cell, {}).items(), *lock.copies.get(cell, {}).items()):
        team, _, app = key.partition("/")
        homes.setdefault(team, {}).setdefault(cluster, set()).add(app)
    return homes
