"""What the library is told to make the platform's own objects: one input for each cluster, one for each Argo CD."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sixfold_compiler.model.base import dump
from sixfold_compiler.model.quantities import number
from sixfold_compiler.ownership.addresses import carried, route_hosts
from sixfold_compiler.placement.scale import headroom_on

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sixfold_compiler.inputs.fleet import FleetInput
    from sixfold_compiler.model.addresses import Cell, Target
    from sixfold_compiler.ownership.addresses import Facts
    from sixfold_compiler.placement import Placement

__all__ = ["argocd_input", "cluster_input", "services_of", "waves"]


def services_of(fleet: FleetInput, cell: Cell, facts: Mapping[str, Facts]) -> list[dict[str, Any]]:
    """Every app of a cell that its gateways carry, sorted by name, with the clusters that it runs on."""
    there = fleet.model.environments[cell.environment].data_centers[cell.data_center].clusters
    services = []
    for name in sorted(facts):
        app = facts[name]
        ports = carried(app, "intra-dc") if "intra-dc" in app["roads"] else []
        # Facts of an app that this run does not look at may name a cluster that has left the fleet.
        clusters = {name: weight for name, weight in app["clusters"].items() if name in there}
        if not ports or not clusters:
            continue
        service = {
            "name": name,
            "team": app["team"],
            "namespace": app["namespace"],
            "tier": app["tier"],
            "ports": ports,
            "hosts": route_hosts(fleet, app, cell),
            "clusters": clusters,
        }
        if timeout := app["roads"]["intra-dc"].get("timeout"):
            service["timeout"] = timeout
        services.append(service)
    return services


def cluster_input(
    fleet: FleetInput, placement: Placement, target: Target, services: list[dict[str, Any]], tiers: Mapping[str, str]
) -> dict[str, Any]:
    """The input of the library's `cluster` entry.

    Args:
        fleet: The fleet.
        placement: Who is where.
        target: The cluster.
        services: `services_of` the cluster's cell.
        tiers: The highest tier of each team in the cell.
    """
    data_center = fleet.data["environments"][target.environment]["dataCenters"][target.data_center]
    gateways = {name: c["gateway"] for name, c in data_center["clusters"].items()}
    teams = []
    for name in placement.by_cluster.get((target.cell, target.cluster), []):
        hosts = placement.hosts[target.cell, name]
        team = fleet.model.teams[name]
        quota = (team.quotas or {}).get(target.environment, team.quota)
        index = next(i for i, h in enumerate(hosts) if h.cluster == target.cluster)
        teams.append(
            {
                "name": name,
                "namespace": fleet.namespace(name, target.environment),
                "owners": team.owners,
                "quota": {
                    "cpu": f"{headroom_on(number(quota.cpu) * 1000, hosts)[index]}m",
                    "memory": f"{headroom_on(number(quota.memory) / 2**20, hosts)[index]}Mi",
                    "pods": headroom_on(quota.pods, hosts)[index],
                },
                "weight": hosts[index].weight,
                "tier": tiers.get(name, "P2"),
            }
        )
    local = []
    for service in services:
        endpoints = [
            {"cluster": name, "weight": weight, "local": name == target.cluster}
            | ({} if name == target.cluster else gateways[name])
            for name, weight in service["clusters"].items()
        ]
        local.append({k: v for k, v in service.items() if k != "clusters"} | {"endpoints": endpoints})
    return {
        "fleet": fleet.settings,
        "environment": target.environment,
        "dataCenter": {
            "name": target.data_center,
            "region": data_center["region"],
            "clusters": sorted(data_center["clusters"]),
        },
        "cluster": {"name": target.cluster, **data_center["clusters"][target.cluster]},
        "teams": teams,
        "services": local,
    }


def argocd_input(fleet: FleetInput, instance: str, names: list[str]) -> dict[str, Any]:
    """The input of the library's `argocd` entry for one Argo CD instance; `names` are the waves of its clusters."""
    clusters, servers = [], {}
    for target, cluster in fleet.targets():
        if cluster.instance == instance:
            region = fleet.model.environments[target.environment].data_centers[target.data_center].region
            clusters.append(
                {
                    "environment": target.environment,
                    "dataCenter": target.data_center,
                    "region": region,
                    "name": target.cluster,
                    **dump(cluster),
                }
            )
            servers[target.cell, target.cluster] = cluster.server
    teams = []
    for name, team in sorted(fleet.model.teams.items()):
        cells = fleet.team_cells(team)
        if any(cell in cells for cell, _ in servers):
            # Its namespace on every cluster of the instance, wherever it runs just now: the name is the team's own
            # everywhere. A team that leaves a place, or is held back when it may not, has an Application there still,
            # and Argo CD would neither sync it nor remove what it deployed without a destination.
            destinations = [
                {"server": server, "namespace": fleet.namespace(name, cell.environment)}
                for (cell, _), server in servers.items()
            ]
            teams.append({"name": name, "owners": team.owners, "unit": team.unit, "destinations": destinations})
    return {
        "fleet": {"name": fleet.model.name, "repository": dump(fleet.model.repository)},
        "argocd": {"automated": fleet.model.argocd.automated, "progressiveSync": fleet.model.argocd.progressive_sync},
        "instance": {"name": instance, **dump(fleet.model.argocd.instances[instance])},
        "clusters": clusters,
        "teams": teams,
        "waves": names,
    }


def waves(fleet: FleetInput) -> dict[Target, int]:
    """A cluster's place in its data center, from 1: a change can go through one cluster of a DC after the other."""
    counts: dict[Cell, int] = {}
    order = {}
    for target, _ in fleet.targets():
        order[target] = counts[target.cell] = counts.get(target.cell, 0) + 1
    return order
