"""Health of the last step: its namespaces are synced and healthy, and namespaces that left are deleted.

The reports come from Argo CD (its Applications, in its own cluster), or from the clusters (their workloads).
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sixfold_compiler.diagnostics import Diagnostic, value_at
from sixfold_compiler.live import ApiError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from typing import Self

    from sixfold_compiler.diagnostics import Json
    from sixfold_compiler.live import Api
    from sixfold_compiler.model.addresses import Target

__all__ = ["Expectations", "argocd_problems", "cluster_problems", "unhealthy", "wait_for"]

INTERVAL = 5.0  # seconds between two checks
NAMED = 10  # problems that the finding names
APPLICATIONS = "/apis/argoproj.io/v1alpha1/namespaces/{}/applications"
WORKLOADS = ("deployments", "statefulsets", "daemonsets")


@dataclass(frozen=True, slots=True)
class Expectations:
    """The state that Argo CD and the clusters reach when a step is complete.

    Attributes:
        applications: The Applications that must exist, each with the oldest commit that contains the step.
        gone: Pairs of server and namespace that no Application may deploy to.
        namespaces: Clusters and namespaces whose workloads must be available.
        left: Clusters and namespaces that must have no workloads.
    """

    applications: Mapping[str, str]
    gone: tuple[tuple[str, str], ...] = ()
    namespaces: tuple[tuple[Target, str], ...] = ()
    left: tuple[tuple[Target, str], ...] = ()

    def __bool__(self) -> bool:
        return bool(self.applications or self.gone or self.namespaces or self.left)

    @property
    def clusters(self) -> list[Target]:
        """The clusters that have, or had, one of the namespaces, sorted."""
        return sorted({target for target, _ in (*self.namespaces, *self.left)})


@dataclass(frozen=True, slots=True)
class _Application:
    """The fields of an Argo CD Application that show whether a step has been applied."""

    name: str
    server: str
    namespace: str
    reported: bool  # Argo CD has written a status
    revision: str
    sync: str
    health: str

    @classmethod
    def of(cls, item: Json) -> Self:
        """Read an Application from the JSON that the API server returns."""
        revision = value_at(item, ("status", "sync", "revision"))
        return cls(
            str(value_at(item, ("metadata", "name"))),
            str(value_at(item, ("spec", "destination", "server"))),
            str(value_at(item, ("spec", "destination", "namespace"))),
            isinstance(value_at(item, ("status",)), dict),
            str(revision or ""),
            _word(value_at(item, ("status", "sync", "status"))),
            _word(value_at(item, ("status", "health", "status"))),
        )

    def problem(self, commit: str, includes: Callable[[str, str], bool]) -> str:
        """Return why the Application is not synced and healthy at `commit` or a later one; empty if it is."""
        if not self.reported:
            return f"{self.name} has no status yet"
        if not self.revision or not includes(self.revision, commit):
            return f"{self.name} is at {self.revision[:12] or 'no revision'}, which is before {commit[:12]}"
        if self.sync != "Synced":
            return f"{self.name} is {self.sync}"
        return "" if self.health == "Healthy" else f"{self.name} is {self.health}"


def argocd_problems(
    expected: Expectations, api: Api, namespaces: Iterable[str], includes: Callable[[str, str], bool]
) -> list[str]:
    """Return one phrase for each Application that has not reached the expected state; empty if all have.

    Args:
        expected: The state to reach.
        api: The cluster that Argo CD runs in.
        namespaces: The namespaces of Argo CD's instances.
        includes: A function (commit, older) that returns whether `commit` equals `older` or descends from it.

    Raises:
        ApiError: The API server does not answer, or answers with an error.
    """
    applications: dict[str, _Application] = {}
    problems = []
    for application in (_Application.of(i) for space in namespaces for i in api.items(APPLICATIONS.format(space))):
        if application.name in expected.applications:
            applications[application.name] = application
        elif (application.server, application.namespace) in expected.gone:
            problems.append(f"{application.name} still exists")
    for name, commit in expected.applications.items():
        if name not in applications:
            problems.append(f"{name} does not exist yet")
        elif problem := applications[name].problem(commit, includes):
            problems.append(problem)
    return problems


def cluster_problems(expected: Expectations, apis: Mapping[Target, Api]) -> list[str]:
    """Return one phrase for each workload that has not reached the expected state; empty if all have.

    Raises:
        ApiError: An API server does not answer, or answers with an error.
    """
    problems = []
    for target, namespace in expected.namespaces:
        for kind in WORKLOADS:
            for item in apis[target].items(f"/apis/apps/v1/namespaces/{namespace}/{kind}"):
                if lack := _lack(kind, item):
                    name = value_at(item, ("metadata", "name")) or "?"
                    problems.append(f"{kind[:-1]} {namespace}/{name} on {target} {lack}")
    for target, namespace in expected.left:
        for kind in WORKLOADS:
            if any(True for _ in apis[target].items(f"/apis/apps/v1/namespaces/{namespace}/{kind}")):
                problems.append(f"{namespace} still has {kind} on {target}")
    return problems


def wait_for(
    check: Callable[[], list[str]],
    timeout: float,
    clock: Callable[[], float] = time.monotonic,
    sleep: Callable[[float], None] = time.sleep,
) -> list[str]:
    """Repeat a check until it returns no problems or the timeout passes, and return the last problems.

    A server that does not answer is one of the problems, and is asked again.

    Args:
        check: Returns the problems; raises `ApiError` if a server does not answer.
        timeout: The limit in seconds.
        clock: Returns the time in seconds.
        sleep: Waits for a number of seconds.
    """
    end = clock() + timeout
    while True:
        try:
            problems = check()
        except ApiError as error:
            problems = [f"the API server: {error}"]
        left = end - clock()
        if not problems or left <= 0:
            return problems
        sleep(min(INTERVAL, left))


def unhealthy(problems: Iterable[str], seconds: float) -> Diagnostic:
    """Build the SF449 of a previous step that is not healthy after `seconds`."""
    phrases = list(problems)
    shown = "; ".join(phrases[:NAMED]) + (f"; and {len(phrases) - NAMED} more" if len(phrases) > NAMED else "")
    hint = "push the commits, correct this, and run the command again; nothing was changed"
    return Diagnostic("SF449", f"the previous step is not healthy after {seconds:g} seconds: {shown}", None, hint)


def _lack(kind: str, item: Json) -> str:
    """Return why a workload is not ready, such as `has 2 of 3 pods ready`; empty if all pods are available."""
    if _number(item, "status", "observedGeneration") < _number(item, "metadata", "generation"):
        return "is not read by its controller yet"
    if kind == "daemonsets":
        wanted = _number(item, "status", "desiredNumberScheduled")
        updated, available = (
            _number(item, "status", "updatedNumberScheduled"),
            _number(item, "status", "numberAvailable"),
        )
    else:
        wanted = 1 if value_at(item, ("spec", "replicas")) is None else _number(item, "spec", "replicas")
        updated, available = _number(item, "status", "updatedReplicas"), _number(item, "status", "availableReplicas")
    ready = min(updated, available)
    return f"has {ready} of {wanted} pods ready" if ready < wanted else ""


def _number(item: Json, *path: str) -> int:
    """Return the integer at a path of an API object; 0 if there is none."""
    value = value_at(item, path)
    return value if isinstance(value, int) else 0


def _word(value: Json) -> str:
    return value if isinstance(value, str) and value.isalpha() else "in an unknown state"
