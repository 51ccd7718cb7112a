"""Checks of disruption budgets that teams write: one that permits no eviction keeps nodes from being replaced."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from sixfold_compiler.checks.context import Finding
from sixfold_compiler.checks.selectors import matches, may_match
from sixfold_compiler.kubernetes.objects import KubernetesObject, Pod, at

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from sixfold_compiler.diagnostics import Json

__all__ = ["budget_findings"]

_PERCENT = re.compile(r"[0-9]{1,9}%")
_SCALERS = {"HorizontalPodAutoscaler": ("minReplicas", 1), "ScaledObject": ("minReplicaCount", 0)}
_SPEC = ("spec",)


def budget_findings(
    item: KubernetesObject, pods: Sequence[Pod], objects: Sequence[KubernetesObject], app: str
) -> Iterator[Finding]:
    """Report a budget of a team by which some pod could never be evicted.

    Args:
        item: The budget.
        pods: The pods of the app.
        objects: The objects of the app.
        app: The app as `team/app`.
    """
    selector = at(item.spec, "selector")
    chosen = [pod for pod in pods if may_match(selector, pod)]
    most, least = item.spec.get("maxUnavailable"), item.spec.get("minAvailable")
    if _least_of(most, 100) == 0 or (_is_percent(least) and _least_of(least, 100) >= 100):
        yield _never(("spec", "maxUnavailable" if most is not None else "minAvailable"), "lets no pod be evicted")
    elif least is not None and (count := _count(chosen, objects)) and _least_of(least, count) >= count:
        yield _never((*_SPEC, "minAvailable"), f"lets no pod be evicted (the cluster has {count})")
    elif any(pod.owner.kind == "Pod" for pod in chosen) and (most is not None or _is_percent(least)):
        yield _never(_SPEC, "counts a pod without a controller, so that none can be evicted")
    if any(_same_pods(item, other, chosen) for other in objects):
        yield Finding(
            "SF649",
            (*_SPEC, "selector"),
            "selects pods that another budget selects, so that none of them can be evicted",
            "remove one of the budgets, or let them select different pods",
        )
    if any(matches(selector, _of_another(pod, app.partition("/")[2])) for pod in pods):
        yield Finding(
            "SF649",
            (*_SPEC, "selector"),
            "selects the pods of other apps of the team, which have budgets of their own",
            "use the labels app.kubernetes.io/name and app.kubernetes.io/instance, both with the name of the app",
        )


def _never(path: tuple[str, ...], what: str) -> Finding:
    hint = "let at least one pod be evicted, for example with maxUnavailable: 10%"
    return Finding("SF649", path, f"{what}, so nodes with the app can never be drained", hint)


def _same_pods(item: KubernetesObject, other: KubernetesObject, chosen: Sequence[Pod]) -> bool:
    """Return whether another budget selects one of the pods that this one selects.

    Two that differ in labels which controllers add, such as the number of a StatefulSet's pod, select different pods.
    """
    if (other.group, other.kind) != ("policy", "PodDisruptionBudget") or other.name == item.name:
        return False
    own, second = at(item.spec, "selector"), at(other.spec, "selector")
    return any(
        may_match(second, pod) and (own == second or matches(own, pod.labels) or matches(second, pod.labels))
        for pod in chosen
    )


def _of_another(pod: Pod, name: str) -> dict[str, Json]:
    """Return the labels that such a pod has in another app: those of the platform, with another name."""
    words = {key: value for key, value in pod.labels.items() if "/" in key}
    return {key: f"{name}-x" if value == name else value for key, value in words.items()}


def _count(pods: Sequence[Pod], objects: Sequence[KubernetesObject]) -> int:
    """Return the smallest number of pods that the workloads keep; 0 if it is unknown."""
    total = 0
    for pod in pods:
        if pod.owner.kind not in ("Deployment", "StatefulSet", "ReplicaSet", "Rollout"):
            return 0
        replicas = pod.owner.spec.get("replicas", 1)
        for scaler in objects:
            field, default = _SCALERS.get(scaler.kind, ("", 0))
            if field and at(scaler.spec, "scaleTargetRef").get("name") == pod.owner.name:
                replicas = scaler.spec.get(field, default)
        total += replicas if type(replicas) is int else 0
    return total


def _is_percent(value: Json) -> bool:
    return type(value) is str and _PERCENT.fullmatch(value) is not None


def _least_of(value: Json, count: int) -> int:
    """Return how many of `count` pods a number or a percentage is, rounded up as Kubernetes does; -1 for others."""
    if type(value) is int:
        return value
    if type(value) is str and _PERCENT.fullmatch(value):
        return -(-int(value[:-1]) * count // 100)
    return -1
