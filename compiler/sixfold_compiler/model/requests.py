"""Requests of a merged spec: the resources of one pod, and the number of pods."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sixfold_compiler.diagnostics import value_at
from sixfold_compiler.model.quantities import Resources, number

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from sixfold_compiler.diagnostics import JsonObject, ValuePath

__all__ = ["most_pods", "pod_requests"]

# A spec is a `Mapping[str, Any]`: merged and validated by the models, so that each value has the type of its field.

# The LimitRange of a team's namespace sets these requests where a container has none (lib/tenancy/quota.libsonnet).
_DEFAULT_REQUESTS = Resources(100, 128 * 2**20)


def most_pods(spec: JsonObject, kind: str) -> int:
    """Return the largest number of pods: replicas, an autoscaler's maximum, a Job's parallelism; 1 of a DaemonSet."""
    if kind == "DaemonSet":
        return 1
    path: ValuePath = ("job", "parallelism")
    if kind in ("Deployment", "StatefulSet"):
        path = ("autoscaling", "max") if spec.get("autoscaling") else ("replicas",)
    pods = value_at(spec, path)
    return pods if isinstance(pods, int) else 1


def pod_requests(spec: Mapping[str, Any]) -> Resources:
    """Return the resources that Kubernetes reserves for a pod with this spec.

    Containers and sidecars run together; an init container runs beside the sidecars that precede it. The larger of the
    two sums counts, for each resource.
    """
    together = _container(spec) + _sum(_container(c) for c in spec.get("containers", []))
    sidecars, largest = Resources(), Resources()
    for container in spec.get("initContainers", []):
        own = _container(container)
        if container.get("restartPolicy") == "Always":
            sidecars += own
            own = Resources()
        largest = _most(largest, sidecars + own)
    reserved = _most(together + sidecars, largest)
    return Resources(reserved.cpu, reserved.memory, 1)


def _container(body: Mapping[str, Any]) -> Resources:
    resources = body.get("resources") or {}
    requests, limits = resources.get("requests") or {}, resources.get("limits") or {}
    cpu = requests.get("cpu", limits.get("cpu"))  # a limit without a request is the request
    memory = requests.get("memory", limits.get("memory"))
    return Resources(
        _DEFAULT_REQUESTS.cpu if cpu is None else round(number(cpu) * 1000),
        _DEFAULT_REQUESTS.memory if memory is None else round(number(memory)),
    )


def _most(a: Resources, b: Resources) -> Resources:
    return Resources(max(a.cpu, b.cpu), max(a.memory, b.memory), max(a.pods, b.pods))


def _sum(items: Iterable[Resources]) -> Resources:
    total = Resources()
    for item in items:
        total += item
    return total
