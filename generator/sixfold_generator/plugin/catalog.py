"""Indexes of the adopted snapshot for answers, and parameter sets as JSON."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import orjson

from sixfold_compiler.model.names import BOOTSTRAP, PLATFORM_PROJECT

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from sixfold_generator.state.snapshot import Cluster, Namespace, Snapshot

__all__ = ["Catalog", "Place"]

LABELS = "sixfold.dev/"


@dataclass(frozen=True, slots=True)
class Place:
    """One namespace on one cluster."""

    cluster: Cluster
    name: str
    namespace: Namespace


class Catalog:
    """The index of one snapshot. It never changes, so that a request sees one snapshot from start to end."""

    def __init__(self, snapshot: Snapshot) -> None:
        self.snapshot = snapshot
        self.revision = snapshot.commit or snapshot.repository.branch
        self._top = f"{snapshot.repository.path}/" if snapshot.repository.path else ""
        self._shared: dict[tuple[str, str], bytes] = {}
        self.clusters = tuple(snapshot.clusters[key] for key in sorted(snapshot.clusters))
        self._by_team: dict[str, list[Place]] = {}
        self._by_cluster: dict[str, list[Place]] = {}
        for cluster, name, namespace in snapshot.namespaces():
            place = Place(cluster, name, namespace)
            self._by_team.setdefault(namespace.team, []).append(place)
            self._by_cluster.setdefault(cluster.key, []).append(place)

    @cached_property
    def teams(self) -> frozenset[str]:
        """The teams that a query may name, retired ones included."""
        return frozenset(self.snapshot.teams) | frozenset(self.snapshot.retired)

    @cached_property
    def sizes(self) -> Mapping[str, int]:
        """The number of parameter sets by unit."""
        places = [place for places in self._by_cluster.values() for place in places]
        return {
            "cluster": len(self.clusters),
            "namespace": len(places),
            "app": sum(len(place.namespace.apps) for place in places),
            "argocd": len(self.snapshot.argocd),
        }

    def places(self, clusters: Iterable[Cluster], teams: Iterable[str] | None) -> Iterator[Place]:
        """Yield the namespaces of `teams` (None: of all teams) on `clusters`."""
        if teams is None:
            for cluster in clusters:
                yield from self._by_cluster.get(cluster.key, ())
            return
        keys = {cluster.key for cluster in clusters}
        for team in teams:
            yield from (place for place in self._by_team.get(team, ()) if place.cluster.key in keys)

    def cluster_set(self, cluster: Cluster) -> tuple[str, bytes]:
        """Return the name and the JSON of the parameter set of a cluster's platform and tenancy."""
        return self._set(
            cluster,
            {
                "name": cluster.application,
                "unit": "cluster",
                "team": PLATFORM_PROJECT,
                "namespace": "default",
                "project": cluster.project,
                "revision": cluster.revision,
                "path": self._path(cluster),
                "include": "{_platform/*.yaml,_tenancy/*.yaml}",
                "weight": "0",
            },
        )

    def namespace_set(self, place: Place) -> tuple[str, bytes]:
        """Return the name and the JSON of the parameter set of a team's namespace on a cluster."""
        namespace = place.namespace
        return self._set(
            place.cluster,
            {
                "name": namespace.application,
                "unit": "namespace",
                "team": namespace.team,
                "namespace": place.name,
                "project": namespace.project,
                "revision": namespace.revision,
                "path": f"{self._path(place.cluster)}/{place.name}",
                "include": "*.yaml",
                "weight": str(namespace.weight),
            },
        )

    def app_set(self, place: Place, app: str) -> tuple[str, bytes]:
        """Return the name and the JSON of the parameter set of an app on a cluster."""
        namespace, overlay = place.namespace, place.namespace.apps[app]
        return self._set(
            place.cluster,
            {
                "name": overlay.application,
                "unit": "app",
                "team": namespace.team,
                "namespace": place.name,
                "app": app,
                "project": namespace.project,
                "revision": overlay.revision,
                "path": f"{self._path(place.cluster)}/{place.name}",
                "include": f"{app}.yaml",
                "weight": str(namespace.weight),
            },
        )

    def argocd_set(self, name: str) -> tuple[str, bytes]:
        """Return the name and the JSON of the parameter set of an Argo CD instance's own objects.

        A snapshot of an earlier version has no revision of the folder: the adopted commit has the adopted folder.
        """
        instance = self.snapshot.instances.get(name)
        document = {
            "name": BOOTSTRAP,
            "unit": "argocd",
            "team": PLATFORM_PROJECT,
            "instance": name,
            "project": BOOTSTRAP,
            "revision": instance.revision if instance is not None else self.revision,
            "repoURL": self.snapshot.repository.url,
            "path": f"{self._top}argocd/{name}",
            "include": "*.yaml",
        }
        return BOOTSTRAP, orjson.dumps(document)

    def _path(self, cluster: Cluster) -> str:
        return f"{self._top}{cluster.key}"

    def _set(self, cluster: Cluster, own: Mapping[str, str]) -> tuple[str, bytes]:
        """Join the fields of one set, the fields that all sets of the cluster share, and the label of the team."""
        name, unit = own["name"], own["unit"]
        shared = self._shared.get((cluster.key, unit))
        if shared is None:
            shared = self._shared[cluster.key, unit] = _shared(cluster, unit, self.snapshot.repository.url)
        return name, orjson.dumps(own)[:-1] + shared + orjson.dumps(own["team"]) + b"}}"


def _shared(cluster: Cluster, unit: str, url: str) -> bytes:
    """Return the JSON that all sets of a cluster share: after the first fields, up to the value of the last label."""
    wave = "0" if unit == "cluster" else str(cluster.wave)
    own = {
        LABELS + "environment": cluster.environment,
        LABELS + "data-center": cluster.data_center,
        LABELS + "cluster": cluster.name,
        LABELS + "unit": unit,
        LABELS + "wave": wave,
    }
    # Labels of the cluster never replace the labels of Sixfold.
    extra = {key: cluster.labels[key] for key in sorted(cluster.labels.keys() - own.keys() - {LABELS + "team"})}
    document = {
        "environment": cluster.environment,
        "dataCenter": cluster.data_center,
        "region": cluster.region,
        "cluster": cluster.name,
        "server": cluster.server,
        "repoURL": url,
        "wave": wave,
        "labels": {**extra, **own},
    }
    return b"," + orjson.dumps(document)[1:-2] + b"," + orjson.dumps(LABELS + "team") + b":"
