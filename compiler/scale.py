"""Dividing what is asked for a data center over its clusters, by weight."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["Scale", "budget", "divide", "headroom", "scales"]

Scale = dict[str, int]  # {"replicas"} or {"min", "max"}; empty for kinds without a count


def divide(total: int, weights: Sequence[float]) -> list[int]:
    """`total` over `weights` by largest remainder, at least one each; the first ones get one each if there are too few.

    Ties go to the earlier entry, so that the result is the same everywhere.
    """
    if total < len(weights):
        order = sorted(range(len(weights)), key=lambda i: (-weights[i], i))[:total]
        return [int(i in order) for i in range(len(weights))]
    whole = sum(weights)
    exact = [total * w / whole for w in weights]
    parts = [max(1, math.floor(e)) for e in exact]
    order = sorted(range(len(weights)), key=lambda i: (parts[i] - exact[i], i))
    for i in order[: max(0, total - sum(parts))]:
        parts[i] += 1
    while sum(parts) > total:  # raising small shares to one may have gone over
        largest = max(range(len(parts)), key=lambda i: (parts[i] - exact[i], parts[i], -i))
        parts[largest] -= 1
    return parts


def headroom(total: float, weights: Sequence[float]) -> list[int]:
    """Shares of `total` that still add up to it when the largest cluster is lost; `total` itself for a single one."""
    if len(weights) == 1:
        return [math.ceil(total)]
    whole, largest = sum(weights), max(weights)
    return [min(math.ceil(total), math.ceil(total * w / (whole - largest))) for w in weights]


def scales(spec: dict[str, Any], spread: str, weights: Sequence[float]) -> list[Scale | None]:
    """The scale of an app on each of its clusters; None where it does not run.

    Args:
        spec: The merged spec.
        spread: `share`, `home` (then `weights` has one entry) or `every`.
        weights: The clusters' weights.
    """
    if spec.get("kind", "Deployment") not in ("Deployment", "StatefulSet"):
        return [{} for _ in weights]
    scaling = spec.get("autoscaling")
    replicas = spec.get("replicas", 1)
    if scaling:
        low, high = scaling.get("min", 1), scaling["max"]
        if spread != "share":
            return [{"min": low, "max": high} for _ in weights]
        minima, maxima = divide(low, weights), headroom(high, weights)
        return [{"min": a, "max": max(a, b)} if a else None for a, b in zip(minima, maxima, strict=True)]
    if spread != "share":
        return [{"replicas": replicas} for _ in weights]
    return [{"replicas": part} if part else None for part in divide(replicas, weights)]


def budget(disruption: dict[str, Any], scale: Scale, total: int) -> dict[str, Any] | None:
    """A cluster's part of a disruption budget; None where it would permit no eviction (a single pod).

    Percentages stay. Numbers of pods are for the data center, so a cluster gets its share: at least one pod may go.
    """
    pods = scale.get("replicas", scale.get("min", 0))
    if not disruption or pods < 2:
        return None
    if isinstance(most := disruption.get("maxUnavailable"), int):
        return {"maxUnavailable": max(1, most * pods // max(total, 1))}
    if isinstance(least := disruption.get("minAvailable"), int):
        return {"minAvailable": min(pods - 1, math.ceil(least * pods / max(total, 1)))}
    return dict(disruption)
