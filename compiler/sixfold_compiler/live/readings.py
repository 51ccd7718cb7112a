"""Read the capacity of many clusters at once within one deadline, and the clusters registered in an Argo CD.

`sixfold place --live` uses the capacities.
"""

from __future__ import annotations

import queue
import threading
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from sixfold_compiler.diagnostics import Diagnostic, DiagnosticError
from sixfold_compiler.live.api import EXPIRED, Api, ApiError
from sixfold_compiler.live.capacity import Capacity, capacity_of
from sixfold_compiler.live.contexts import Login, configuration, find_login, imported, logins
from sixfold_compiler.live.registered import Registered, parse_registered

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    _Waiting: TypeAlias = queue.SimpleQueue[tuple[str, Login]]
    _Done: TypeAlias = queue.SimpleQueue[tuple[str, Capacity | Diagnostic]]

__all__ = ["Readings", "read_capacity", "read_clusters", "read_registered"]

AT_ONCE = 8
DEADLINE = 60.0  # seconds for all clusters together
RUNNING = "status.phase!=Succeeded,status.phase!=Failed"
SELECTOR = "argocd.argoproj.io/secret-type=cluster"


@dataclass(frozen=True, slots=True)
class Readings:
    """Capacities by `environment/dataCenter/cluster`, and an SF842 warning for each cluster that could not be read."""

    clusters: Mapping[str, Capacity]
    failed: Mapping[str, Diagnostic]

    @property
    def diagnostics(self) -> tuple[Diagnostic, ...]:
        """The warnings, sorted by cluster."""
        return tuple(self.failed[key] for key in sorted(self.failed))


def read_clusters(kubeconfig: Path, clusters: Mapping[str, str], *, deadline: float = DEADLINE) -> Readings:
    """Read the capacity of each cluster through the contexts in `kubeconfig`, a file or a folder of files.

    `clusters` maps `environment/dataCenter/cluster` to the URL of its server, and is read in this order. A cluster that
    cannot be read within `deadline` seconds gives a warning. Raises `DiagnosticError`: SF840 if the kubernetes client
    is not installed, SF841 if `kubeconfig` cannot be used.
    """
    imported()
    known = logins(kubeconfig)
    waiting: _Waiting = queue.SimpleQueue()
    done: _Done = queue.SimpleQueue()
    failed: dict[str, Diagnostic] = {}
    for key in clusters:
        login = find_login(known, key, clusters[key])
        if login is None:
            failed[key] = _unread(key, "no context has its name or its server")
        else:
            waiting.put((key, login))
    left = {key for key in clusters if key not in failed}
    end = time.monotonic() + deadline
    for _ in range(min(AT_ONCE, len(left))):
        # Daemons, not an executor, which waits at exit for its threads: a login plugin may hang beyond the deadline.
        threading.Thread(target=_work, args=(waiting, done, end), daemon=True).start()
    read: dict[str, Capacity] = {}
    while left:
        try:
            key, result = done.get(timeout=max(0.0, end - time.monotonic()))
        except queue.Empty:
            break
        left.discard(key)
        if isinstance(result, Capacity):
            read[key] = result
        else:
            failed[key] = result
    failed |= {key: _unread(key, f"reading it took longer than {deadline:g} seconds") for key in left}
    return Readings(read, failed)


def read_capacity(api: Api) -> Capacity:
    """Read the capacity of a cluster from its nodes and pods, page by page. Raises `ApiError`."""
    try:
        return _capacity(api)
    except ApiError as error:
        if error.status != EXPIRED:
            raise
        return _capacity(api)  # a list that expired between pages is read once more


def read_registered(api: Api, namespace: str) -> tuple[Registered, ...]:
    """Return the clusters that are registered in the Argo CD in `namespace`, sorted. Raises `ApiError`.

    The API server sends complete Secrets, because no smaller form has the server's URL. Credentials are dropped page by
    page, before anything is stored.
    """
    secrets = api.items(f"/api/v1/namespaces/{namespace}/secrets", limit=100, labelSelector=SELECTOR)
    return tuple(sorted(parse_registered(secrets), key=lambda cluster: (cluster.name, cluster.server)))


def _capacity(api: Api) -> Capacity:
    try:
        return capacity_of(api.items("/api/v1/nodes"), api.items("/api/v1/pods", fieldSelector=RUNNING))
    except (ValueError, TypeError, AttributeError, KeyError) as error:
        raise ApiError(0, "the answer of its API server is not valid") from error


def _work(waiting: _Waiting, done: _Done, end: float) -> None:
    while time.monotonic() < end:
        try:
            key, login = waiting.get_nowait()
        except queue.Empty:
            return
        try:
            api = Api(configuration(login))
            try:
                done.put((key, read_capacity(api)))
            finally:
                api.close()
        except ApiError as error:
            done.put((key, _unread(key, str(error))))
        except DiagnosticError as error:
            done.put((key, _unread(key, error.diagnostics[0].message)))
        except Exception as error:  # noqa: BLE001 - a thread must put a result for its cluster
            done.put((key, _unread(key, f"reading it failed ({type(error).__name__})")))


def _unread(key: str, why: str) -> Diagnostic:
    return Diagnostic(
        "SF842",
        f"cluster {key} cannot be read: {why}",
        help="check its context in the kubeconfig, its API server, and the permission to list nodes and pods",
        severity="warning",
    )
