"""The adopted snapshot as the holdings that the deletion guard compares."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sixfold_compiler.guard import ClusterHolding, Holdings, NamespaceHolding, OverlayHolding

if TYPE_CHECKING:
    from sixfold_generator.state.snapshot import Cluster, Snapshot

__all__ = ["holdings"]


def holdings(snapshot: Snapshot) -> Holdings:
    """Return the holdings of a snapshot."""
    return Holdings(
        clusters={key: _cluster(cluster) for key, cluster in snapshot.clusters.items()},
        units={name: team.unit for name, team in snapshot.teams.items()},
        argocd={
            instance: {name: file.holds for name, file in files.items()} for instance, files in snapshot.argocd.items()
        },
        repository=snapshot.repository.url,
    )


def _cluster(cluster: Cluster) -> ClusterHolding:
    return ClusterHolding(
        environment=cluster.environment,
        data_center=cluster.data_center,
        name=cluster.name,
        instance=cluster.instance,
        application=cluster.application,
        files={path: file.holds for path, file in cluster.files.items()},
        namespaces={
            name: NamespaceHolding(
                team=namespace.team,
                application=namespace.application,
                apps={
                    app: OverlayHolding(overlay.application, overlay.objects, overlay.holds)
                    for app, overlay in namespace.apps.items()
                },
            )
            for name, namespace in cluster.namespaces.items()
        },
        identity={"server": cluster.server, "region": cluster.region, **cluster.identity},
    )
