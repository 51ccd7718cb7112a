"""The inputs of the library's `cluster` and `argocd` entries: one for each cluster and each Argo CD instance."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, NamedTuple

import orjson

from sixfold_compiler.model.base import TIERS, dump
from sixfold_compiler.ownership.addresses import carried, route_hosts
from sixfold_compiler.placement.scale import MIB, quota_on

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sixfold_compiler.diagnostics import Json, JsonObject
    from sixfold_compiler.inputs.fleet import FleetInput
    from sixfold_compiler.model.addresses import Cell, Target
    from sixfold_compiler.model.facts import Facts, PortFacts
    from sixfold_compiler.model.fleet import DataCenter, GatewayAddress
    from sixfold_compiler.placement import Placement

__all__ = [
    "ArgoCDInput",
    "Backend",
    "ClusterInput",
    "Destination",
    "ProjectInput",
    "Service",
    "TenantInput",
    "argocd_input",
    "cluster_input",
    "services_digest",
    "services_of",
    "waves",
]

_ROAD = "intra-dc"  # which the gateways of a cell route


class Service(NamedTuple):
    """An app that the gateways of its cell route to, with the weight of each cluster that it runs on."""

    name: str
    team: str
    namespace: str
    tier: str
    ports: tuple[PortFacts, ...]
    hosts: tuple[str, ...]
    clusters: Mapping[str, int]
    timeout: str | None

    def routed(self, backends: Sequence[Backend]) -> dict[str, Json]:
        """Return the service as JSON data for the library, with the backends that one cluster's gateway uses."""
        record: dict[str, Json] = {
            "name": self.name,
            "team": self.team,
            "namespace": self.namespace,
            "tier": self.tier,
            "ports": [port.to_record() for port in self.ports],
            "hosts": self.hosts,
            "endpoints": [backend.to_record() for backend in backends],
        }
        if self.timeout:
            record["timeout"] = self.timeout
        return record


class Backend(NamedTuple):
    """A cluster that a gateway sends a service's requests to. `gateway` is its address; None for the own cluster."""

    cluster: str
    weight: int
    gateway: GatewayAddress | None

    def to_record(self) -> dict[str, Json]:
        """Return the backend as JSON data for the library."""
        address = dump(self.gateway) if self.gateway is not None else {}
        return {"cluster": self.cluster, "weight": self.weight, "local": self.gateway is None, **address}


class TenantInput(NamedTuple):
    """A team on a cluster: its namespace, and its share of the quota and of the traffic there."""

    name: str
    namespace: str
    owners: tuple[str, ...]
    cpu: str
    memory: str
    pods: int
    load_balancers: int
    weight: int
    tier: str

    def to_record(self) -> dict[str, Json]:
        """Return the tenant as JSON data for the library."""
        return {
            "name": self.name,
            "namespace": self.namespace,
            "owners": self.owners,
            "quota": {"cpu": self.cpu, "memory": self.memory, "pods": self.pods},
            "loadBalancers": self.load_balancers,
            "weight": self.weight,
            "tier": self.tier,
        }


class ClusterInput(NamedTuple):
    """The input of the library's `cluster` entry for one cluster, without the services of its cell.

    `settings` are the values of `FleetInput.settings`, `systems` those of the data center by slot and name, and
    `cluster` is the data of the cluster itself.
    """

    target: Target
    settings: JsonObject
    systems: JsonObject
    data_center: DataCenter
    cluster: JsonObject
    teams: tuple[TenantInput, ...]

    def to_record(self, services: Sequence[Service] = ()) -> dict[str, Json]:
        """Return the input as JSON data for the library, with the services that the gateway routes to."""
        own, clusters = self.target.cluster, self.data_center.clusters
        gateways = {name: None if name == own else cluster.gateway for name, cluster in clusters.items()}
        routed = [
            service.routed([Backend(name, weight, gateways[name]) for name, weight in service.clusters.items()])
            for service in services
        ]
        return {
            "fleet": self.settings,
            "systems": self.systems,
            "environment": self.target.environment,
            "dataCenter": {
                "name": self.target.data_center,
                "region": self.data_center.region,
                "clusters": sorted(clusters),
            },
            "cluster": {"name": own, **self.cluster},
            "teams": [team.to_record() for team in self.teams],
            "services": routed,
        }


class Destination(NamedTuple):
    """A namespace that the Applications of a team may deploy to; `server` is the URL of the cluster's API server."""

    server: str
    namespace: str

    def to_record(self) -> dict[str, Json]:
        """Return the destination as JSON data for the library."""
        return {"server": self.server, "namespace": self.namespace}


class ProjectInput(NamedTuple):
    """The Argo CD project of a team in one Argo CD instance."""

    name: str
    owners: tuple[str, ...]
    unit: str
    destinations: tuple[Destination, ...]

    def to_record(self) -> dict[str, Json]:
        """Return the project as JSON data for the library."""
        destinations = [destination.to_record() for destination in self.destinations]
        return {"name": self.name, "owners": self.owners, "unit": self.unit, "destinations": destinations}


class ArgoCDInput(NamedTuple):
    """The input of the library's `argocd` entry for one instance, with the waves of its clusters as text."""

    fleet: FleetInput
    instance: str
    clusters: Sequence[Target]
    teams: tuple[ProjectInput, ...]
    waves: tuple[str, ...]

    def to_record(self) -> dict[str, Json]:
        """Return the input as JSON data for the library."""
        argocd, data = self.fleet.model.argocd, self.fleet.record_at
        return {
            "fleet": {"name": self.fleet.model.name, "repository": data(("repository",))},
            "argocd": {"automated": argocd.automated, "progressiveSync": argocd.progressive_sync},
            "instance": {"name": self.instance, **data(("argocd", "instances", self.instance))},
            "clusters": [self._cluster(target) for target in self.clusters],
            "teams": [team.to_record() for team in self.teams],
            "waves": self.waves,
        }

    def _cluster(self, target: Target) -> dict[str, Json]:
        return {
            "environment": target.environment,
            "dataCenter": target.data_center,
            "region": self.fleet.model.data_center(target.cell).region,
            "name": target.cluster,
            **self.fleet.record_at(target.value_path),
        }


def services_of(fleet: FleetInput, cell: Cell, facts: Mapping[str, Facts]) -> list[Service]:
    """Return every app of a cell that the gateways route to, sorted by name.

    Facts of an app that is not selected may name a cluster that has left the fleet; such clusters are omitted.
    """
    known = fleet.model.data_center(cell).clusters
    services = []
    for name in sorted(facts):
        app = facts[name]
        road = app.roads.get(_ROAD)
        ports = carried(app, _ROAD) if road is not None else ()
        clusters = {cluster: weight for cluster, weight in app.clusters.items() if cluster in known}
        if road is not None and ports and clusters:
            hosts = tuple(route_hosts(fleet, app, cell))
            services.append(Service(name, app.team, app.namespace, app.tier, ports, hosts, clusters, road.timeout))
    return services


def services_digest(fleet: FleetInput, cell: Cell, facts: Mapping[str, Facts]) -> bytes:
    """Return a digest that changes whenever the services of the cell change.

    It covers the inputs of `services_of`, except the set of clusters of the cell, at a fifth of the cost.
    """
    routed = [app.routing() for _, app in sorted(facts.items()) if app.opens(_ROAD)]
    value = [fleet.record_at(("domains",)), fleet.record_at(("endpoints",)), str(cell), routed]
    return hashlib.sha256(orjson.dumps(value, option=orjson.OPT_SORT_KEYS)).digest()


def cluster_input(fleet: FleetInput, placement: Placement, target: Target, tiers: Mapping[str, str]) -> ClusterInput:
    """Return the input of the library's `cluster` entry for one cluster.

    Args:
        fleet: The fleet.
        placement: The hosts of each team.
        target: The cluster.
        tiers: The highest tier of each team in the cell.
    """
    teams = []
    for name in placement.by_cluster.get((target.cell, target.cluster), []):
        hosts = placement.hosts[target.cell, name]
        team = fleet.model.teams[name]
        index = next(i for i, host in enumerate(hosts) if host.cluster == target.cluster)
        quota = quota_on(team.quota_in(target.environment).resources, hosts)[index]
        teams.append(
            TenantInput(
                name=name,
                namespace=fleet.namespace(name, target.environment),
                owners=tuple(team.owners),
                cpu=f"{quota.cpu}m",
                memory=f"{quota.memory // MIB}Mi",
                pods=quota.pods,
                load_balancers=team.load_balancers,
                weight=hosts[index].weight,
                tier=tiers.get(name, TIERS[-1]),
            )
        )
    data_center = fleet.model.data_center(target.cell)
    systems, cluster = fleet.systems.record(target.cell), fleet.record_at(target.value_path)
    return ClusterInput(target, fleet.settings, systems, data_center, cluster, tuple(teams))


def argocd_input(fleet: FleetInput, instance: str, names: Sequence[str]) -> ArgoCDInput:
    """Return the input of the library's `argocd` entry for one instance; `names` are the wave names of its clusters."""
    clusters = {target: cluster for target, cluster in fleet.targets() if cluster.instance == instance}
    teams = []
    for name, team in sorted(fleet.model.teams.items()):
        cells = fleet.team_cells(team)
        if any(target.cell in cells for target in clusters):
            # Every cluster of the instance is a destination: a team that leaves a cluster, or that is held back, still
            # has an Application there, which Argo CD neither syncs nor deletes without a destination.
            destinations = tuple(
                Destination(cluster.server, fleet.namespace(name, target.environment))
                for target, cluster in clusters.items()
            )
            teams.append(ProjectInput(name, tuple(team.owners), team.unit, destinations))
    return ArgoCDInput(fleet, instance, tuple(clusters), tuple(teams), tuple(names))


def waves(fleet: FleetInput) -> dict[Target, int]:
    """Return the rollout wave of each cluster, from 1 in each data center, so that clusters change one by one."""
    counts: dict[Cell, int] = {}
    order = {}
    for target, _ in fleet.targets():
        order[target] = counts[target.cell] = counts.get(target.cell, 0) + 1
    return order
