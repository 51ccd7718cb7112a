"""A data center as the simulation sees it: its clusters, and every app with its hosts."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from sixfold_compiler.model.quantities import Resources, number
from sixfold_compiler.placement import Demand, placement_of
from sixfold_compiler.placement.apportion import headroom
from sixfold_compiler.placement.problem import FleetProblems, nodes_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sixfold_compiler.inputs.fleet import FleetInput
    from sixfold_compiler.model.addresses import Cell, Target
    from sixfold_compiler.model.fleet import Quota
    from sixfold_compiler.placement import AppDemand, Demands, Host, Lock

__all__ = ["Center", "Member", "centers_of"]


@dataclass(frozen=True, slots=True)
class Member:
    """An app, the hosts of its team with their weights, and its home where it runs once (empty where it has none)."""

    team: str
    app: AppDemand
    hosts: tuple[Host, ...]
    home: str


@dataclass(frozen=True)
class Center:
    """A data center: what its clusters have (by name), and what runs there. `priority` goes by tier."""

    cell: Cell
    capacity: Mapping[str, Resources]
    room: Mapping[str, Resources]
    nodes: Mapping[str, int]
    members: tuple[Member, ...]
    quotas: Mapping[str, Quota]
    priority: Mapping[str, int]

    @cached_property
    def _admitted(self) -> dict[str, dict[str, Resources]]:
        return {}

    def admitted(self, team: str, hosts: tuple[Host, ...]) -> dict[str, Resources]:
        """What a team's quota admits on each of its hosts, as its ResourceQuota there says."""
        found = self._admitted.get(team)
        if found is None:
            quota, weights = self.quotas[team], [h.weight for h in hosts]
            cpu = headroom(number(quota.cpu) * 1000, weights)
            memory = headroom(number(quota.memory) / 2**20, weights)
            pods = headroom(quota.pods, weights)
            found = {h.cluster: Resources(cpu[i], memory[i] * 2**20, pods[i]) for i, h in enumerate(hosts)}
            self._admitted[team] = found
        return found


def centers_of(
    fleet: FleetInput, demands: Demands, lock: Lock, live: Mapping[Target, Resources] | None = None
) -> dict[Cell, Center]:
    """Every data center, with the teams where the lock places them.

    Teams and clusters that the lock names and the fleet lacks are left out, as `loads_of` leaves them out; so is
    what is only reserved for a team, which no pod uses.
    """
    sites, placement = FleetProblems(fleet, live, ""), placement_of(fleet, lock)
    priority: dict[str, int] = {tier: value.priority for tier, value in fleet.model.tiers.items()}
    centers = {}
    for cell, data_center in fleet.cells():
        site, members, quotas = sites.problem(cell), [], {}
        for name, row in sorted(lock.hosts.get(cell, {}).items()):
            if name not in fleet.model.teams:
                continue
            team = fleet.model.teams[name]
            quotas[name] = (team.quotas or {}).get(cell.environment, team.quota)
            hosts = tuple(h for h in row if h.cluster in site.index)
            for app in (demands.get(cell, {}).get(name) or Demand(name)).apps:
                home = placement.home(cell, name, app.app) if app.spread == "home" else ""
                members.append(Member(name, app, hosts, home if home in site.index else ""))
        centers[cell] = Center(
            cell,
            dict(zip(site.names, site.capacity, strict=True)),
            {name: site.room(index) for index, name in enumerate(site.names)},
            {name: nodes_of(data_center.clusters[name]) for name in site.names},
            tuple(members),
            quotas,
            priority,
        )
    return centers
