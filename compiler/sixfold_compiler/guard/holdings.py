"""What a tree holds that could be taken away: one shape for its inventories and for what is adopted."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["ClusterHolding", "Holdings", "NamespaceHolding", "OverlayHolding", "of_document", "of_inventories"]


@dataclass(frozen=True, slots=True)
class OverlayHolding:
    """The overlay of an app on a cluster: its Application, how many objects, and which (`identity.holds`)."""

    application: str
    objects: int
    holds: str


@dataclass(frozen=True, slots=True)
class NamespaceHolding:
    """A team's namespace on a cluster."""

    team: str
    application: str
    apps: Mapping[str, OverlayHolding]


@dataclass(frozen=True, slots=True)
class ClusterHolding:
    """A cluster. `files` are its platform and tenancy files: path in the cluster's folder, and what the file holds."""

    environment: str
    data_center: str
    name: str
    instance: str
    application: str
    files: Mapping[str, str]
    namespaces: Mapping[str, NamespaceHolding]

    @property
    def key(self) -> str:
        """`environment/dataCenter/cluster`."""
        return f"{self.environment}/{self.data_center}/{self.name}"


@dataclass(frozen=True, slots=True)
class Holdings:
    """A whole tree: clusters by key, every team's unit of Application, and `argocd[instance][file]`: what it holds."""

    clusters: Mapping[str, ClusterHolding] = field(default_factory=dict)
    units: Mapping[str, str] = field(default_factory=dict)
    argocd: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    def owners(self) -> dict[str, str]:
        """The team of every namespace name; a team without a namespace yet owns the one that is named like it."""
        found = {team: team for team in self.units}
        for cluster in self.clusters.values():
            found |= {name: namespace.team for name, namespace in cluster.namespaces.items()}
        return found


def of_inventories(
    root: Mapping[str, Any],
    clusters: Mapping[str, Mapping[str, Any]],
    known: Mapping[str, ClusterHolding] | None = None,
) -> Holdings:
    """The holdings of a tree by its root inventory and its cluster inventories, as plain data.

    `known` clusters are taken as they are, instead of being read out of their inventory again.

    Raises:
        KeyError, TypeError, ValueError, AttributeError: They are not of the shape that the compiler writes.
    """
    return Holdings(
        clusters={
            key: known[key] if known and key in known else _cluster(key, value) for key, value in clusters.items()
        },
        units={name: str(team["unit"]) for name, team in root.get("teams", {}).items()},
        argocd={
            instance: {name: str(entry.get("holds", "")) for name, entry in value["files"].items()}
            for instance, value in root.get("argocd", {}).items()
        },
    )


def of_document(raw: Mapping[str, Any]) -> Holdings:
    """The holdings out of their own fields as plain data, as `sixfold_generator.adoption.export` prints them."""
    clusters = {}
    for key, value in raw["clusters"].items():
        namespaces = {
            name: NamespaceHolding(
                row["team"], row["application"], {app: OverlayHolding(**one) for app, one in row["apps"].items()}
            )
            for name, row in value["namespaces"].items()
        }
        clusters[key] = ClusterHolding(**{**value, "namespaces": namespaces})
    return Holdings(clusters, raw["units"], raw["argocd"])


def _cluster(key: str, value: Mapping[str, Any]) -> ClusterHolding:
    environment, data_center, name = key.split("/")
    return ClusterHolding(
        environment=environment,
        data_center=data_center,
        name=name,
        instance=str(value["instance"]),
        application=str(value["application"]),
        files={path: str(entry.get("holds", "")) for path, entry in value["files"].items()},
        namespaces={
            namespace: NamespaceHolding(
                team=str(row["team"]),
                application=str(row["application"]),
                apps={
                    app: OverlayHolding(str(one["application"]), int(one["objects"]), str(one.get("holds", "")))
                    for app, one in row["apps"].items()
                },
            )
            for namespace, row in value["namespaces"].items()
        },
    )
