"""From what was known and what was read now to what is known next. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sixfold_compiler.live.registered import IN_CLUSTER, servers
from sixfold_generator.live.record import Live, Reading, Registered, Registration

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from sixfold_compiler.live import Capacity
    from sixfold_compiler.live import Registered as Known
    from sixfold_generator.state.clock import Instant
    from sixfold_generator.state.snapshot import Cluster

__all__ = ["expected", "next_live", "reading", "registration"]


def next_live(
    before: Live | None,
    clusters: Iterable[str],
    read: Mapping[str, Capacity],
    failed: Mapping[str, str],
    registered: Registration,
    now: Instant,
) -> Live:
    """The next record: a cluster that was not read keeps its last good values; one that is adopted no more goes."""
    known = before.clusters if before is not None else {}
    return Live(
        at=now,
        clusters={
            key: reading(known.get(key, Reading()), read.get(key), failed.get(key, ""), now)
            for key in sorted(clusters)
            if key in read or key in failed or key in known
        },
        registration=registered,
    )


def reading(before: Reading, capacity: Capacity | None, why: str, now: Instant) -> Reading:
    """One cluster after one round."""
    if capacity is not None:
        amounts = {"allocatable": capacity.allocatable.document(), "requested": capacity.requested.document()}
        return Reading(amounts, now, before.failures)
    if why:
        return Reading(before.amounts, before.at, before.failures + 1, before.failing + 1, why)
    return before


def registration(clusters: Iterable[Cluster], known: Iterable[Known], now: Instant) -> Registration:
    """Which of `clusters` an Argo CD knows. Servers are compared as Argo CD does, without a slash at the end."""
    found = list(known)
    by_server, names = servers(found), {one.name for one in found}
    return Registration({one.key: _registered(one, by_server, names) for one in clusters}, now)


def expected(clusters: Mapping[str, Cluster], instance: str) -> list[Cluster]:
    """The clusters that the Argo CD `instance` manages, in order."""
    return [clusters[key] for key in sorted(clusters) if clusters[key].instance == instance]


def _registered(cluster: Cluster, by_server: Mapping[str, Known], names: set[str]) -> Registered:
    found = by_server.get(cluster.server.rstrip("/"))
    if found is not None:
        return "frozen" if found.frozen else "yes"
    if cluster.server.rstrip("/") == IN_CLUSTER:
        return "yes"
    # The name that our own cluster Secrets carry: known, and under another server.
    return "elsewhere" if f"{cluster.environment}-{cluster.name}" in names else "no"
