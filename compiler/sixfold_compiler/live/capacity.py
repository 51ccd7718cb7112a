"""The capacity of a live cluster: the allocatable resources of its nodes, and the requests of its pods.

Allocatable resources count on nodes that accept new pods: ready, and not cordoned. Requests count for each pod that is
bound to a node and has not ended, because after a drain it needs room on another node.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from sixfold_compiler.model.quantities import Resources, quantity_value

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from sixfold_compiler.diagnostics import Json, JsonObject

__all__ = ["Capacity", "allocatable", "capacity_of", "requests"]


@dataclass(frozen=True, slots=True)
class Capacity:
    """The allocatable resources of a cluster's nodes that accept new pods, and the resources that its pods request."""

    allocatable: Resources
    requested: Resources


def capacity_of(nodes: Iterable[JsonObject], pods: Iterable[JsonObject]) -> Capacity:
    """Add up a cluster's capacity from its nodes and pods, in the form in which the API returns them.

    Raises ValueError or TypeError for an object that does not have the documented form.
    """
    room = _Sum()
    for node in nodes:
        if (resources := allocatable(node)) is not None:
            room.add(resources)
    asked = _Sum()
    for pod in pods:
        if (wanted := requests(pod)) is not None:
            asked.add({**wanted, "pods": Decimal(1)})
    return Capacity(room.resources(), asked.resources())


def allocatable(node: JsonObject) -> dict[str, Decimal] | None:
    """Return the resources that a node offers to pods; None if it accepts no new pods."""
    status = _mapping(node.get("status"))
    ready = any(item.get("type") == "Ready" and item.get("status") == "True" for item in _list(status, "conditions"))
    if not ready or _mapping(node.get("spec")).get("unschedulable"):
        return None
    resources = _mapping(status.get("allocatable"))
    return {name: quantity_value(resources.get(name, 0)) for name in ("cpu", "memory", "pods")}


def requests(pod: JsonObject) -> dict[str, Decimal] | None:
    """Return the CPU and memory that a pod reserves on its node; None if it is not on a node, or has ended.

    The calculation is the scheduler's. Init containers run one after the other, beside the sidecars (init containers
    that always restart) that precede them; a pod needs the largest of these steps, or the sum of its containers and
    sidecars if that is more. Requests of the pod itself replace that sum. The overhead of its runtime class is added.
    """
    spec = _mapping(pod.get("spec"))
    if not spec.get("nodeName") or _mapping(pod.get("status")).get("phase") in {"Succeeded", "Failed"}:
        return None
    return {name: _request(spec, name) for name in ("cpu", "memory")}


def _request(spec: JsonObject, name: str) -> Decimal:
    running = sum((_requested(container, name) or Decimal(0) for container in _list(spec, "containers")), Decimal(0))
    sidecars = largest = Decimal(0)
    for container in _list(spec, "initContainers"):
        own = _requested(container, name) or Decimal(0)
        if container.get("restartPolicy") == "Always":
            sidecars += own
            largest = max(largest, sidecars)
        else:
            largest = max(largest, sidecars + own)
    of_pod = _requested(spec, name)
    needed = max(running + sidecars, largest) if of_pod is None else of_pod
    return needed + quantity_value(_mapping(spec.get("overhead")).get(name, 0))


def _requested(holder: JsonObject, name: str) -> Decimal | None:
    quantity = _mapping(_mapping(holder.get("resources")).get("requests")).get(name)
    return None if quantity is None else quantity_value(quantity)


def _mapping(value: Json) -> JsonObject:
    """Return `value` as a mapping; an empty one if it is missing or empty. Raises TypeError for other types."""
    if isinstance(value, dict):
        return value
    if value:
        raise TypeError("not a mapping")
    return {}


def _list(holder: JsonObject, field: str) -> list[JsonObject]:
    """Return the list of mappings at `field`; empty if it is missing or empty. Raises TypeError for other types."""
    items = holder.get(field) or []
    if not isinstance(items, list):
        raise TypeError("not a list")
    mappings: list[JsonObject] = [item for item in items if isinstance(item, dict)]
    if len(mappings) < len(items):
        raise TypeError("not a mapping")
    return mappings


class _Sum:
    """An exact running sum of CPU, memory and pods."""

    def __init__(self) -> None:
        self._total = {"cpu": Decimal(0), "memory": Decimal(0), "pods": Decimal(0)}

    def add(self, amounts: Mapping[str, Decimal]) -> None:
        for name, value in amounts.items():
            self._total[name] += value

    def resources(self) -> Resources:
        total = self._total
        return Resources(round(total["cpu"] * 1000), int(total["memory"]), int(total["pods"]))
