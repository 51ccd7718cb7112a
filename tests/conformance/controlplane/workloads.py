"""A stand-in for nodes and operators: it reports that all pods of a workload run, and that requested objects exist.

A control plane of `plane.py` has no controllers for workloads, no scheduler and no kubelet, so no other program writes
these fields. The tests show how other programs treat a healthy workload, not that a workload would be healthy.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Self

from urllib3.exceptions import HTTPError

from tests.conformance.controlplane.kube import Refused

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from tests.conformance.controlplane.plane import Cluster

PAUSE = 0.5  # seconds between two updates
PASSING = {404, 409, 429}  # deleted, written meanwhile, or too many requests: the next update tries again


def deployment(spec: dict, generation: int) -> dict:
    count = spec.get("replicas", 1)
    counts = dict.fromkeys(("replicas", "updatedReplicas", "readyReplicas", "availableReplicas"), count)
    available = {"type": "Available", "status": "True", "reason": "MinimumReplicasAvailable"}
    return {"observedGeneration": generation, **counts, "conditions": [available]}


def stateful_set(spec: dict, generation: int) -> dict:
    names = ("replicas", "updatedReplicas", "readyReplicas", "currentReplicas", "availableReplicas")
    counts = dict.fromkeys(names, spec.get("replicas", 1))
    return {"observedGeneration": generation, **counts, "currentRevision": "one", "updateRevision": "one"}


def daemon_set(spec: dict, generation: int) -> dict:
    names = (
        "currentNumberScheduled",
        "desiredNumberScheduled",
        "numberReady",
        "numberAvailable",
        "updatedNumberScheduled",
    )
    return {"observedGeneration": generation, "numberMisscheduled": 0, **dict.fromkeys(names, 1)}


def autoscaler(spec: dict, generation: int) -> dict:
    conditions = [
        {"type": "AbleToScale", "status": "True", "reason": "ReadyForNewScale"},
        {"type": "ScalingActive", "status": "True", "reason": "ValidMetricFound"},
    ]
    least = spec.get("minReplicas", 1)
    replicas = {"currentReplicas": least, "desiredReplicas": least}
    return {"observedGeneration": generation, **replicas, "conditions": conditions}


def disruption_budget(_spec: dict, generation: int) -> dict:
    counts = {"currentHealthy": 2, "desiredHealthy": 1, "disruptionsAllowed": 1, "expectedPods": 2}
    allowed = {
        "type": "DisruptionAllowed",
        "status": "True",
        "reason": "SufficientPods",
        "message": "",
        "lastTransitionTime": "2026-01-01T00:00:00Z",
    }
    return {"observedGeneration": generation, **counts, "conditions": [allowed]}


def job(spec: dict, _generation: int) -> dict:
    then = "2026-01-01T00:00:00Z"
    conditions = [
        {"type": name, "status": "True", "lastTransitionTime": then, "lastProbeTime": then}
        for name in ("SuccessCriteriaMet", "Complete")
    ]
    counts = {"succeeded": spec.get("completions", 1), "terminating": 0, "ready": 0, "uncountedTerminatedPods": {}}
    return {"startTime": then, "completionTime": then, **counts, "conditions": conditions}


def load_balancer(spec: dict, _generation: int) -> dict:
    given = spec["type"] == "LoadBalancer"
    return {"loadBalancer": {"ingress": [{"hostname": "lb.example.com"}]} if given else {}}


def external_secret(_spec: dict, _generation: int) -> dict:
    ready = {"type": "Ready", "status": "True", "reason": "SecretSynced"}
    return {"binding": {"name": ""}, "conditions": [ready]}


KINDS = {
    ("v1", "Service"): load_balancer,
    ("batch/v1", "Job"): job,
    ("apps/v1", "Deployment"): deployment,
    ("apps/v1", "StatefulSet"): stateful_set,
    ("apps/v1", "DaemonSet"): daemon_set,
    ("autoscaling/v2", "HorizontalPodAutoscaler"): autoscaler,
    ("policy/v1", "PodDisruptionBudget"): disruption_budget,
    ("external-secrets.io/v1", "ExternalSecret"): external_secret,
}


class Workloads:
    """A context manager with a thread that updates the statuses in some clusters."""

    def __init__(self, clusters: Iterable[Cluster]) -> None:
        self.clusters = list(clusters)
        self.wrong: list[str] = []  # rejected statuses
        self._end = threading.Event()
        self._paused = threading.Event()
        self._thread = threading.Thread(target=self._run)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._end.set()
        self._thread.join()
        assert self.wrong == []

    def pause(self) -> None:
        """Stop the updates, so that nothing becomes healthy."""
        self._paused.set()

    def resume(self) -> None:
        """Continue the updates."""
        self._paused.clear()

    def _run(self) -> None:
        while not self._end.wait(PAUSE):
            for cluster in () if self._paused.is_set() else self.clusters:
                for (version, kind), status in KINDS.items():
                    try:
                        self._update(cluster, version, kind, status)
                    except (HTTPError, Refused):  # the server is busy or not ready: the next update tries again
                        continue

    def _update(self, cluster: Cluster, version: str, kind: str, status: Callable[[dict, int], dict]) -> None:
        kube = cluster.kube
        for item in kube.items(version, kind):
            wanted = status(item["spec"], item["metadata"].get("generation", 1))
            if not wanted.items() <= item.get("status", {}).items():
                path = kube.path({"apiVersion": version, "kind": kind, "metadata": item["metadata"]}) + "/status"
                reply = kube.request("PATCH", path, {"status": wanted}, kind="application/merge-patch+json")
                if 400 <= reply.status <= 499 and reply.status not in PASSING:
                    self.wrong.append(f"{cluster.name} {path}: {reply.status} {reply.message}")
