"""What every cluster carries: its capacity, what may be used of it, and what each tier uses."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from sixfold_compiler.model.addresses import Target
from sixfold_compiler.model.quantities import Resources
from sixfold_compiler.placement.demand import Demand
from sixfold_compiler.placement.problem import Sites, nodes_of, reserved

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sixfold_compiler.inputs.fleet import FleetInput
    from sixfold_compiler.placement.demand import Demands
    from sixfold_compiler.placement.lock import Lock

__all__ = ["Load", "loads_of", "team_load"]


@dataclass(frozen=True, slots=True)
class Load:
    """The load of one cluster.

    `room` is the capacity without the headroom; `used` goes by tier (`P0`, `P1`, `P2`); `namespaces` is how many teams
    it hosts, `promised` the sum of their quotas' shares by weight.
    """

    capacity: Resources
    room: Resources
    used: Mapping[str, Resources] = field(default_factory=dict)
    namespaces: int = 0
    promised: Resources = field(default_factory=Resources)

    @property
    def total(self) -> Resources:
        """What all tiers use together."""
        total = Resources()
        for amount in self.used.values():
            total += amount
        return total

    @property
    def free(self) -> Resources:
        """What is left of the room; below zero where it is overdrawn."""
        return self.room - self.total

    @property
    def fullness(self) -> float:
        """The fullest resource's part of the capacity (1.0: all of it)."""
        total, has = self.total, self.capacity
        pairs = ((total.cpu, has.cpu), (total.memory, has.memory), (total.pods, has.pods))
        return max((used / most if most else float(bool(used))) for used, most in pairs)


def team_load(demand: Demand, shared: Resources, weight: int, homes: frozenset[str], nodes: int) -> Resources:
    """What a team uses on one of its hosts.

    Args:
        demand: The team's demand in the data center.
        shared: What is divided by weight (`reserved`, which is the demand's own where nothing is reserved).
        weight: The host's weight; while the team moves, its share.
        homes: The apps that have their home there.
        nodes: The host's nodes.
    """
    total = shared.times(weight, 100)
    if demand.sums.every.pods or demand.sums.node.pods:
        total += demand.sums.every + demand.sums.node.times(nodes)
    if homes:
        for app in demand.apps:
            if app.spread == "home" and app.app in homes:
                total += app.total
    return total


def loads_of(
    fleet: FleetInput, demands: Demands, lock: Lock, live: Mapping[Target, Resources] | None = None
) -> dict[Target, Load]:
    """The load of every cluster of the fleet, with the teams where the lock places them.

    Args:
        fleet: The fleet. Clusters, teams and data centers that the lock names and the fleet lacks are left out.
        demands: What the teams ask for.
        lock: Where they are.
        live: Capacity as it was read from clusters, in place of the fleet's.
    """
    sites = Sites(fleet, live, "")
    loads: dict[Target, Load] = {}
    for cell, data_center in fleet.cells():
        site = sites.site(cell)
        used: list[dict[str, Resources]] = [{} for _ in site.names]
        promised = [Resources() for _ in site.names]
        count = [0] * len(site.names)
        homes: dict[str, dict[str, set[str]]] = {}
        for key, cluster in (*lock.homes.get(cell, {}).items(), *lock.copies.get(cell, {}).items()):
            owner, _, app = key.partition("/")
            homes.setdefault(owner, {}).setdefault(cluster, set()).add(app)
        for name, row in lock.hosts.get(cell, {}).items():
            if name not in fleet.model.teams:
                continue
            team = fleet.model.teams[name]
            demand = demands.get(cell, {}).get(name) or Demand(name)
            shared, tier = reserved(team, cell.environment, demand, site.rules.reserve), demand.tier
            quota = (team.quotas or {}).get(cell.environment, team.quota)
            whole = Resources.of(quota.cpu, quota.memory, quota.pods)
            for host in row:
                index = site.index.get(host.cluster)
                if index is None:
                    continue
                here = frozenset(homes.get(name, {}).get(host.cluster, ()))
                nodes = nodes_of(data_center.clusters[host.cluster])
                own = team_load(demand, shared, host.share, here, nodes)
                used[index][tier] = used[index].get(tier, Resources()) + own
                promised[index] += whole.times(host.share, 100)
                count[index] += 1
        for index, cluster in enumerate(site.names):
            loads[Target(cell.environment, cell.data_center, cluster)] = Load(
                site.capacity[index], site.room(index), used[index], count[index], promised[index]
            )
    return loads
