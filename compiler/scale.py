"""Dividing what is asked for a data center over its clusters, by weight."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from compiler.placement import Host

__all__ = ["Scale", "budget", "divide", "headroom", "headroom_on", "scales", "scales_on"]

T = TypeVar("T")
Scale = dict[str, int]  # {"replicas"} or {"min", "max"}; empty for kinds without a count


def divide(total: int, weights: Sequence[float]) -> list[int]:
    """`total` over `weights` by largest remainder, at least one each; if there are too few, the heaviest get one each.

    Ties go to the earlier entry, so that the result is the same everywhere.
    """
    whole = _integers(weights)
    if total < len(whole):
        order = sorted(range(len(whole)), key=lambda i: (-whole[i], i))[:total]
        return [int(i in order) for i in range(len(whole))]
    # Whose exact share is under one gets one; the others divide what is left, and may then be under one themselves.
    shared = list(range(len(whole)))
    while True:
        rest, sum_ = total - (len(whole) - len(shared)), sum(whole[i] for i in shared)
        enough = [i for i in shared if rest * whole[i] >= sum_]
        if len(enough) == len(shared):
            break
        shared = enough
    parts = [1] * len(whole)
    for i in shared:
        parts[i] = rest * whole[i] // sum_
    order = sorted(shared, key=lambda i: (-(rest * whole[i] % sum_), i))
    for i in order[: total - sum(parts)]:
        parts[i] += 1
    return parts


def headroom(total: float, weights: Sequence[float]) -> list[int]:
    """Shares of `total` that still add up to it when the largest cluster is lost; `total` itself for a single one.

    A cluster of weight 0 holds what it has while it is drained: it gets as much as the smallest of the others.
    """
    wanted, whole = math.ceil(total), _integers(weights)
    others = sum(whole) - max(whole)
    least = min(w for w in whole if w)
    return [min(wanted, -(-wanted * (w or least) // others)) if others else wanted for w in whole]


def _integers(weights: Sequence[float]) -> list[int]:
    """Weights of the same ratios without fractions, so that no rounding decides; all alike where none has weight."""
    if not any(weights):
        return [1] * len(weights)
    if all(isinstance(w, int) for w in weights):
        return [int(w) for w in weights]
    ratios = [Fraction(w) for w in weights]
    scale = math.lcm(*(r.denominator for r in ratios))
    return [int(r * scale) for r in ratios]


def scales(spec: dict[str, Any], spread: str, weights: Sequence[float]) -> list[Scale | None]:
    """The scale of an app on each of its clusters; None where it does not run.

    A cluster of weight 0 keeps one pod of what is divided, which gets no traffic; the others carry the whole.

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
        minima = _carried(low, weights)
        # Room is left where the app runs: a cluster without a pod of it takes nothing over.
        maxima = iter(headroom(high, [w for w, least in zip(weights, minima, strict=True) if least]))
        return [{"min": least, "max": max(least, next(maxima))} if least else None for least in minima]
    if spread != "share":
        return [{"replicas": replicas} for _ in weights]
    return [{"replicas": part} if part else None for part in _carried(replicas, weights)]


def scales_on(spec: dict[str, Any], spread: str, hosts: Sequence[Host]) -> list[Scale | None]:
    """The scale of an app on each host; None where it does not run.

    While its namespace moves, a host has what it had before and what it will have after, whichever is more. So no step
    of a move takes a pod away but the last one, whose hosts then have had theirs for two steps.
    """
    if not _moving(hosts):
        return scales(spec, spread, [h.weight for h in hosts])
    rows: list[list[Scale | None]] = list(_rows(hosts, lambda weights: scales(spec, spread, weights)))
    return [_most([row[i] for row in rows]) for i in range(len(hosts))]


def headroom_on(total: float, hosts: Sequence[Host]) -> list[int]:
    """`headroom` by the hosts' weights; while the namespace moves, by those before and after, whichever is more."""
    if not _moving(hosts):
        return headroom(total, [h.weight for h in hosts])
    rows = list(_rows(hosts, lambda weights: headroom(total, weights)))
    return [max(row[i] or 0 for row in rows) for i in range(len(hosts))]


def _moving(hosts: Sequence[Host]) -> bool:
    return any(h.move for h in hosts)


def _rows(hosts: Sequence[Host], divided: Callable[[list[int]], Sequence[T | None]]) -> Iterator[list[T | None]]:
    """What is divided by the weights before and after a move; None on hosts that are not of that row."""
    for index in (0, 1):
        weights = [h.move[index] if h.move else h.weight for h in hosts]
        parts = iter(divided([w for w in weights if w]))
        yield [next(parts) if w else None for w in weights]


def _most(scales_of: Sequence[Scale | None]) -> Scale | None:
    found = [scale for scale in scales_of if scale is not None]
    return {key: max(scale.get(key, 0) for scale in found) for key in found[0]} if found else None


def _carried(total: int, weights: Sequence[float]) -> list[int]:
    """`total` divided over the clusters that have weight, and one pod beside it on each that has none."""
    if not any(weights):
        return divide(total, weights)
    parts = iter(divide(total, [w for w in weights if w]))
    return [next(parts) if w else min(total, 1) for w in weights]


def budget(disruption: dict[str, Any], scale: Scale, total: int) -> dict[str, Any] | None:
    """A cluster's part of a disruption budget; None where it would permit no eviction (a single pod).

    Numbers of pods are for the data center, so a cluster gets its share: at least one pod may go. Percentages stay,
    unless they permit no eviction of so few pods as there are here; then one may go.
    """
    pods = scale.get("replicas", scale.get("min", 0))
    if not disruption or pods < 2:
        return None
    most, least = disruption.get("maxUnavailable"), disruption.get("minAvailable")
    if isinstance(most, int):
        return {"maxUnavailable": max(1, most * pods // max(total, 1))}
    if isinstance(least, int):
        return {"minAvailable": min(pods - 1, math.ceil(least * pods / max(total, 1)))}
    if isinstance(least, str) and -(-int(least.rstrip("%")) * pods // 100) >= pods:
        return {"maxUnavailable": 1}
    return dict(disruption)
