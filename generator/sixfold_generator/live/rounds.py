"""The step from one record of the live clusters to the next, as pure functions."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from sixfold_compiler.live.registered import IN_CLUSTER, servers
from sixfold_generator.live.record import Amounts, Live, Reading, Registered, Registration

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from sixfold_compiler.live import Capacity
    from sixfold_compiler.live import Registered as ClusterSecret
    from sixfold_compiler.model.quantities import Resources
    from sixfold_generator.state.clock import Instant
    from sixfold_generator.state.snapshot import Cluster

__all__ = ["managed_by", "next_live", "next_reading", "registration"]


def next_live(
    before: Live | None,
    clusters: Iterable[str],
    capacities: Mapping[str, Capacity],
    failures: Mapping[str, str],
    registered: Registration,
    now: Instant,
) -> Live:
    """Return the record after one round.

    `clusters` are the keys of the adopted clusters: the others leave the record. A cluster that is in neither
    `capacities` nor `failures` (a reason by cluster) keeps its last reading.
    """
    known = before.clusters if before is not None else {}
    return Live(
        at=now,
        clusters={
            key: next_reading(known.get(key, Reading()), capacities.get(key), failures.get(key, ""), now)
            for key in sorted(clusters)
            if key in capacities or key in failures or key in known
        },
        registration=registered,
    )


def next_reading(before: Reading, capacity: Capacity | None, why: str, now: Instant) -> Reading:
    """Return the reading of a cluster after one round: the new capacity, or one failure more with its reason."""
    if capacity is not None:
        return Reading(_amounts(capacity.allocatable), _amounts(capacity.requested), now, before.failures)
    if why:
        return replace(before, failures=before.failures + 1, failing=before.failing + 1, why=why)
    return before


def registration(clusters: Iterable[Cluster], secrets: Iterable[ClusterSecret], now: Instant) -> Registration:
    """Compare clusters with the cluster Secrets of their Argo CD; a slash at the end of a server does not count."""
    listed = list(secrets)
    by_server, names = servers(listed), {secret.name for secret in listed}
    return Registration({cluster.key: _registered(cluster, by_server, names) for cluster in clusters}, now)


def managed_by(instance: str, clusters: Mapping[str, Cluster]) -> list[Cluster]:
    """Return the clusters that the Argo CD `instance` manages, sorted by key."""
    return [clusters[key] for key in sorted(clusters) if clusters[key].instance == instance]


def _registered(cluster: Cluster, by_server: Mapping[str, ClusterSecret], names: set[str]) -> Registered:
    server = cluster.server.rstrip("/")
    if (secret := by_server.get(server)) is not None:
        return "frozen" if secret.frozen else "yes"
    if server == IN_CLUSTER:
        return "yes"
    # The name in the cluster Secrets that Sixfold writes: Argo CD knows the cluster, under another server.
    return "elsewhere" if f"{cluster.environment}-{cluster.name}" in names else "no"


def _amounts(resources: Resources) -> Amounts:
    return Amounts(resources.cpu / 1000, float(resources.memory), float(resources.pods))
