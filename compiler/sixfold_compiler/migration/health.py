"""Whether a step has arrived: every namespace of it is synced and healthy, and what left is gone.

Asked of Argo CD (its Applications, in its own cluster), or of the clusters themselves (their workloads).
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sixfold_compiler.diagnostics import Diagnostic
from sixfold_compiler.live import ApiError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from sixfold_compiler.live import Api

__all__ = ["Wanted", "argocd_problems", "cluster_problems", "unhealthy", "wait_for"]

EVERY = 5.0  # seconds between two looks
SHOWN = 10
APPLICATIONS = "/apis/argoproj.io/v1alpha1/namespaces/{}/applications"
WORKLOADS = ("deployments", "statefulsets", "daemonsets")


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a step left to be seen.

    `applications` are the names of the Applications that must be there, each with the oldest commit that has the step.
    No Application may lead to `gone`: (server, namespace). `namespaces` are (cluster's key, namespace) that must run,
    `left` those that must not.
    """

    applications: Mapping[str, str]
    gone: tuple[tuple[str, str], ...] = ()
    namespaces: tuple[tuple[str, str], ...] = ()
    left: tuple[tuple[str, str], ...] = ()


def argocd_problems(
    wanted: Wanted, api: Api, namespaces: Iterable[str], includes: Callable[[str, str], bool]
) -> list[str]:
    """What Argo CD still has to do, in words; nothing when the step has arrived.

    Args:
        wanted: The step.
        api: The cluster that Argo CD runs in.
        namespaces: Argo CD's there; several where it has several instances.
        includes: Whether a commit (the first) is another one or comes after it.
    """
    found: dict[str, dict[str, Any]] = {}
    problems = []
    for item in (one for space in namespaces for one in api.items(APPLICATIONS.format(space))):
        name = str((_map(item, "metadata") or {}).get("name"))
        to = _map(_map(item, "spec") or {}, "destination") or {}
        if name in wanted.applications:
            found[name] = item
        elif (to.get("server"), to.get("namespace")) in wanted.gone:
            problems.append(f"{name} is still there")
    for name, commit in wanted.applications.items():
        status = _map(found[name], "status") if name in found else None
        if status is None:
            problems.append(f"{name} is not there yet" if name not in found else f"{name} has no status yet")
            continue
        sync, health = _map(status, "sync") or {}, _map(status, "health") or {}
        revision = str(sync.get("revision") or "")
        if not revision or not includes(revision, commit):
            problems.append(f"{name} is at {revision[:12] or 'no revision'}, which is before {commit[:12]}")
        elif sync.get("status") != "Synced":
            problems.append(f"{name} is {_word(sync.get('status'))}")
        elif health.get("status") != "Healthy":
            problems.append(f"{name} is {_word(health.get('status'))}")
    return problems


def cluster_problems(wanted: Wanted, apis: Mapping[str, Api]) -> list[str]:
    """What the clusters (by `environment/dataCenter/cluster`) still have to do, in words."""
    problems = []
    for key, namespace in wanted.namespaces:
        for kind in WORKLOADS:
            for item in apis[key].items(f"/apis/apps/v1/namespaces/{namespace}/{kind}"):
                if (lack := _lack(kind, item)) is not None:
                    name = (_map(item, "metadata") or {}).get("name", "?")
                    problems.append(f"{kind[:-1]} {namespace}/{name} on {key} {lack}")
    for key, namespace in wanted.left:
        for kind in WORKLOADS:
            if any(True for _ in apis[key].items(f"/apis/apps/v1/namespaces/{namespace}/{kind}")):
                problems.append(f"{namespace} still has {kind} on {key}")
    return problems


def wait_for(look: Callable[[], list[str]], timeout: float, clock: Callable[[], float] = time.monotonic,
             sleep: Callable[[float], None] = time.sleep) -> list[str]:  # fmt: skip
    """Look until there is nothing to wait for, or the time (seconds) is over; what is still missing then.

    A server that does not answer is waited for as well: what it last failed with is told at the end.
    """
    end = clock() + timeout
    while True:
        try:
            problems = look()
        except ApiError as error:
            problems = [f"the API server: {error}"]
        left = end - clock()
        if not problems or left <= 0:
            return problems
        sleep(min(EVERY, left))


def unhealthy(problems: Iterable[str], seconds: float) -> Diagnostic:
    """The step before has not arrived."""
    told = list(problems)
    shown = "; ".join(told[:SHOWN]) + (f"; and {len(told) - SHOWN} more" if len(told) > SHOWN else "")
    hint = "push what is committed, look at these, and run the command again; nothing was changed"
    return Diagnostic("SF449", f"after {seconds:g} s the step before is not healthy: {shown}", None, hint)


def _lack(kind: str, item: Mapping[str, Any]) -> str | None:
    metadata, spec, status = (_map(item, key) or {} for key in ("metadata", "spec", "status"))
    if int(status.get("observedGeneration") or 0) < int(metadata.get("generation") or 0):
        return "is not seen by its controller yet"
    if kind == "daemonsets":
        wanted, updated = status.get("desiredNumberScheduled") or 0, status.get("updatedNumberScheduled") or 0
        ready = status.get("numberAvailable") or 0
    else:
        replicas = spec.get("replicas")
        wanted, updated = 1 if replicas is None else replicas, status.get("updatedReplicas") or 0
        ready = status.get("availableReplicas") or 0
    if min(updated, ready) < wanted:
        return f"has {min(updated, ready)} of {wanted} pods ready"
    return None


def _map(value: Mapping[str, Any], key: str) -> dict[str, Any] | None:
    found = value.get(key)
    return found if isinstance(found, dict) else None


def _word(value: object) -> str:
    return value if isinstance(value, str) and value.isalpha() else "in an unknown state"
