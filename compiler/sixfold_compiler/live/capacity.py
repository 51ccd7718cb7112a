"""What a cluster can hold and what its pods ask for, by its nodes and pods.

Allocatable counts the nodes that new pods can go to: ready, and not cordoned. Requested counts every pod that is bound
to a node and has not ended, wherever it runs: after a drain it needs room elsewhere.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from sixfold_compiler.model.quantities import quantity_value

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

__all__ = ["Capacity", "Resources", "allocatable", "capacity_of", "requests"]


@dataclass(frozen=True, slots=True)
class Resources:
    """Cores, bytes and pods."""

    cpu: float = 0.0
    memory: int = 0
    pods: int = 0


@dataclass(frozen=True, slots=True)
class Capacity:
    """One cluster: what can be allocated, what is requested of it, and on how many nodes of how many."""

    allocatable: Resources
    requested: Resources
    usable: int
    nodes: int

    def document(self) -> dict[str, Any]:
        """As `sixfold place --live` reads it: `{cpu, memory, pods, requested: {cpu, memory, pods}}`."""
        return {**_plain(self.allocatable), "requested": _plain(self.requested)}


def capacity_of(nodes: Iterable[Mapping[str, Any]], pods: Iterable[Mapping[str, Any]]) -> Capacity:
    """A cluster's capacity from its nodes and pods, as the API has them.

    Raises ValueError, TypeError, AttributeError or KeyError for what is not as Kubernetes documents it.
    """
    count = usable = 0
    room = _Sum()
    for node in nodes:
        count += 1
        if (found := allocatable(node)) is not None:
            usable += 1
            room.add(found)
    asked = _Sum()
    for pod in pods:
        if (wanted := requests(pod)) is not None:
            asked.add({**wanted, "pods": Decimal(1)})
    return Capacity(room.resources(), asked.resources(), usable, count)


def allocatable(node: Mapping[str, Any]) -> dict[str, Decimal] | None:
    """What a node can give to pods; None when no new pod goes there."""
    status = node.get("status") or {}
    ready = any(one.get("type") == "Ready" and one.get("status") == "True" for one in status.get("conditions") or ())
    if not ready or (node.get("spec") or {}).get("unschedulable"):
        return None
    given = status.get("allocatable") or {}
    return {name: quantity_value(given.get(name, 0)) for name in ("cpu", "memory", "pods")}


def requests(pod: Mapping[str, Any]) -> dict[str, Decimal] | None:
    """What a pod holds on its node, by the scheduler's rule; None when it is on none, or has ended.

    Init containers run one after the other, beside the sidecars (init containers that always restart) before them; so a
    pod needs the largest of those steps, or all its containers and sidecars together if that is more. Requests of the
    pod as a whole stand in the place of that sum. The overhead of its runtime class comes on top.
    """
    spec = pod.get("spec") or {}
    if not spec.get("nodeName") or (pod.get("status") or {}).get("phase") in {"Succeeded", "Failed"}:
        return None
    return {name: _request(spec, name) for name in ("cpu", "memory")}


def _request(spec: Mapping[str, Any], name: str) -> Decimal:
    whole = _asked(spec, name)
    running = sum((_asked(one, name) or Decimal(0) for one in spec.get("containers") or ()), Decimal(0))
    beside = largest = Decimal(0)
    for one in spec.get("initContainers") or ():
        own = _asked(one, name) or Decimal(0)
        if one.get("restartPolicy") == "Always":
            beside += own
            largest = max(largest, beside)
        else:
            largest = max(largest, beside + own)
    needed = max(running + beside, largest) if whole is None else whole
    return needed + quantity_value((spec.get("overhead") or {}).get(name, 0))


def _asked(holder: Mapping[str, Any], name: str) -> Decimal | None:
    given = ((holder.get("resources") or {}).get("requests") or {}).get(name)
    return None if given is None else quantity_value(given)


class _Sum:
    """Amounts added up exactly."""

    def __init__(self) -> None:
        self._total = {"cpu": Decimal(0), "memory": Decimal(0), "pods": Decimal(0)}

    def add(self, amounts: Mapping[str, Decimal]) -> None:
        for name, value in amounts.items():
            self._total[name] += value

    def resources(self) -> Resources:
        total = self._total
        return Resources(float(total["cpu"]), int(total["memory"]), int(total["pods"]))


def _plain(resources: Resources) -> dict[str, Any]:
    return {"cpu": resources.cpu, "memory": resources.memory, "pods": resources.pods}
