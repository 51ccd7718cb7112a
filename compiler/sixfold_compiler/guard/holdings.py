"""Holdings: everything in a tree that a later tree could delete, taken from inventories or from the adopted state."""

from __future__ import annotations

from collections.abc import Mapping  # noqa: TC003 - pydantic reads the annotations of what `sixfold guard` receives
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sixfold_compiler.model.inventory import ClusterInventory, InstanceInventory, TeamEntry

__all__ = ["ClusterHolding", "Holdings", "NamespaceHolding", "OverlayHolding", "holdings_of"]


@dataclass(frozen=True, slots=True)
class OverlayHolding:
    """The overlay of an app on a cluster: its Application, and the number and identities of its objects.

    `holds` lists the identities in the short form of `sixfold_compiler.kubernetes.identity.holds`.
    """

    application: str
    objects: int
    holds: str


@dataclass(frozen=True, slots=True)
class NamespaceHolding:
    """The namespace of a team on a cluster, with its overlays by app."""

    team: str
    application: str
    apps: Mapping[str, OverlayHolding]


@dataclass(frozen=True, slots=True)
class ClusterHolding:
    """A cluster with its namespaces.

    `files` maps each platform or tenancy file, by path in the cluster's folder, to the identities of its objects.
    `identity` is what Argo CD and AWS know the cluster by (`sixfold_compiler.guard.moves`); unknown fields are absent.
    """

    environment: str
    data_center: str
    name: str
    instance: str
    application: str
    files: Mapping[str, str]
    namespaces: Mapping[str, NamespaceHolding]
    identity: Mapping[str, str] = field(default_factory=dict)

    @property
    def key(self) -> str:
        """The key of the cluster: `environment/dataCenter/cluster`."""
        return f"{self.environment}/{self.data_center}/{self.name}"

    @property
    def cell(self) -> str:
        """The cell as text: `environment/dataCenter`."""
        return f"{self.environment}/{self.data_center}"


@dataclass(frozen=True, slots=True)
class Holdings:
    """Everything in a tree that a later tree could delete.

    `clusters` maps the keys of clusters to their holdings. `units` maps each team to `namespace` or `app`: whether it
    has one Application for each namespace or for each app. `argocd[instance][file]` lists the identities of the objects
    in a file of an Argo CD instance. `repository` is the URL from which the instances read; empty if it is unknown.
    """

    clusters: Mapping[str, ClusterHolding] = field(default_factory=dict)
    units: Mapping[str, str] = field(default_factory=dict)
    argocd: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    repository: str = ""

    def owners(self) -> dict[str, str]:
        """Return the team of each namespace name. A team without a namespace owns the name equal to its own."""
        owners = {team: team for team in self.units}
        for cluster in self.clusters.values():
            owners |= {name: namespace.team for name, namespace in cluster.namespaces.items()}
        return owners


def holdings_of(
    clusters: Mapping[str, ClusterInventory],
    teams: Mapping[str, TeamEntry],
    argocd: Mapping[str, InstanceInventory],
    known: Mapping[str, ClusterHolding] | None = None,
    repository: str = "",
) -> Holdings:
    """Return the holdings of the tree that the inventories describe.

    Args:
        clusters: The cluster inventories by cluster.
        teams: The teams of the root inventory.
        argocd: The Argo CD instances of the root inventory.
        known: Holdings of clusters that are already converted; their inventories are not read again.
        repository: The URL of the repository in the root inventory.
    """
    return Holdings(
        clusters={
            key: known[key] if known and key in known else _cluster(key, inventory)
            for key, inventory in clusters.items()
        },
        units={name: team.unit for name, team in teams.items()},
        argocd={
            name: {file: entry.holds for file, entry in instance.files.items()} for name, instance in argocd.items()
        },
        repository=repository,
    )


def _cluster(key: str, inventory: ClusterInventory) -> ClusterHolding:
    environment, data_center, name = key.split("/")
    return ClusterHolding(
        environment=environment,
        data_center=data_center,
        name=name,
        instance=inventory.instance,
        application=inventory.application,
        files={path: entry.holds for path, entry in inventory.files.items()},
        namespaces={
            namespace: NamespaceHolding(
                row.team,
                row.application,
                {app: OverlayHolding(entry.application, entry.objects, entry.holds) for app, entry in row.apps.items()},
            )
            for namespace, row in inventory.namespaces.items()
        },
        identity={"server": inventory.server, "region": inventory.region, **inventory.identity},
    )
