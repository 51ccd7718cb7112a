"""Divide an app's replicas, autoscaling and disruption budget over the clusters of a data center."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, TypeVar

from sixfold_compiler.model.quantities import Resources
from sixfold_compiler.placement.apportion import divide, headroom

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from sixfold_compiler.placement import Host

__all__ = ["Scale", "budget", "quota_on", "scales", "scales_on"]

MIB = 2**20
T = TypeVar("T")
# A spec is a `dict[str, Any]`: merged and validated by the models, so that each value has the type of its field.
Scale = dict[str, int]  # {"replicas"} or {"min", "max"}; empty for kinds without a count


def scales(spec: dict[str, Any], spread: str, weights: Sequence[float]) -> list[Scale | None]:
    """Return the scale of an app on each of its clusters; None for a cluster that does not run it.

    A cluster of weight 0 runs one additional pod of a divided app, which gets no traffic.

    Args:
        spec: The merged spec.
        spread: `share`, `home` (then `weights` has one entry) or `every`.
        weights: The weights of the clusters.
    """
    if spec.get("kind", "Deployment") not in ("Deployment", "StatefulSet"):
        return [{} for _ in weights]
    scaling = spec.get("autoscaling")
    replicas = spec.get("replicas", 1)
    if scaling:
        low, high = scaling.get("min", 1), scaling["max"]
        if spread != "share":
            return [{"min": low, "max": high} for _ in weights]
        minima = _carried(low, weights)
        # A cluster without a pod of the app takes over no load, so it needs no room to grow.
        maxima = iter(headroom(high, [w for w, least in zip(weights, minima, strict=True) if least]))
        return [{"min": least, "max": max(least, next(maxima))} if least else None for least in minima]
    if spread != "share":
        return [{"replicas": replicas} for _ in weights]
    return [{"replicas": part} if part else None for part in _carried(replicas, weights)]


def scales_on(spec: dict[str, Any], spread: str, hosts: Sequence[Host]) -> list[Scale | None]:
    """Return the scale of an app on each host; None for a host that does not run it.

    While the namespace moves, each host has the larger of its scales before and after the move. So only the last step
    of a move deletes pods, when the new pods have run for two steps.
    """
    if not _moving(hosts):
        return scales(spec, spread, [h.weight for h in hosts])
    rows: list[list[Scale | None]] = list(_rows(hosts, lambda weights: scales(spec, spread, weights)))
    return [_most([row[i] for row in rows]) for i in range(len(hosts))]


def quota_on(quota: Resources, hosts: Sequence[Host]) -> list[Resources]:
    """Return the part of a team's quota on each host, which its ResourceQuota there admits; memory in full MiB.

    The parts still add up to the quota if the host with the largest one is lost. During a move, a host has the larger
    of its parts before and after.
    """
    parts = (_headroom_on(total, hosts) for total in (quota.cpu, quota.memory / MIB, quota.pods))
    return [Resources(cpu, mebibytes * MIB, pods) for cpu, mebibytes, pods in zip(*parts, strict=True)]


def _headroom_on(total: float, hosts: Sequence[Host]) -> list[int]:
    if not _moving(hosts):
        return headroom(total, [h.weight for h in hosts])
    rows = list(_rows(hosts, lambda weights: headroom(total, weights)))
    return [max(row[i] or 0 for row in rows) for i in range(len(hosts))]


def _moving(hosts: Sequence[Host]) -> bool:
    return any(h.move for h in hosts)


def _rows(hosts: Sequence[Host], divided: Callable[[list[int]], Sequence[T | None]]) -> Iterator[list[T | None]]:
    """Yield the shares by the weights before and after a move; None for a host without weight in that row."""
    for index in (0, 1):
        weights = [h.move[index] if h.move else h.weight for h in hosts]
        parts = iter(divided([w for w in weights if w]))
        yield [next(parts) if w else None for w in weights]


def _most(scales_of: Sequence[Scale | None]) -> Scale | None:
    present = [scale for scale in scales_of if scale is not None]
    return {key: max(scale.get(key, 0) for scale in present) for key in present[0]} if present else None


def _carried(total: int, weights: Sequence[float]) -> list[int]:
    """Divide `total` over the clusters with weight, and give one more pod to each cluster of weight 0."""
    if not any(weights):
        return divide(total, weights)
    parts = iter(divide(total, [w for w in weights if w]))
    return [next(parts) if w else min(total, 1) for w in weights]


def budget(disruption: dict[str, Any], scale: Scale, total: int) -> dict[str, Any] | None:
    """Return a cluster's part of a disruption budget; None if it could not permit an eviction (a single pod).

    Numbers of pods apply to the data center, so each cluster gets a share that permits at least one eviction.
    Percentages stay; one that permits no eviction of the cluster's few pods becomes one eviction.

    Args:
        disruption: The budget of the merged spec.
        scale: The scale of the app on the cluster.
        total: The pods of the app on all clusters of the data center, this one included.
    """
    pods = scale.get("replicas", scale.get("min", 0))
    if not disruption or pods < 2:
        return None
    most, least = disruption.get("maxUnavailable"), disruption.get("minAvailable")
    if isinstance(most, int):
        return {"maxUnavailable": max(1, most * pods // total)}
    if isinstance(least, int):
        return {"minAvailable": min(pods - 1, math.ceil(least * pods / total))}
    if isinstance(least, str) and -(-int(least.rstrip("%")) * pods // 100) >= pods:
        return {"maxUnavailable": 1}
    return dict(disruption)
