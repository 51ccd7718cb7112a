"""One round over the live clusters: `python -m sixfold_generator.live --state DIR …`.

Prints one JSON line with counts and no names. It is a short-lived process, so that nothing that a client library, a
login plugin or an API server does reaches the workers.
Exit codes: 0 the round ended (some readings may have failed; the record has their reasons), 2 no round was possible.
"""

from __future__ import annotations

import argparse
import contextlib
import fcntl
import os
import resource
import sys
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import orjson

from sixfold_compiler.diagnostics import DiagnosticError
from sixfold_compiler.live import ApiError, own_cluster, read_clusters, read_registered
from sixfold_generator.live.file import read, write
from sixfold_generator.live.record import Live, Registration
from sixfold_generator.live.rounds import managed_by, next_live, registration
from sixfold_generator.state.clock import Instant
from sixfold_generator.state.folder import State
from sixfold_generator.state.snapshot import DamagedError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sixfold_compiler.live import Capacity
    from sixfold_generator.state.snapshot import Cluster, Snapshot

__all__ = ["Logins", "main", "run_round"]

MEMORY = 384 << 20  # bytes


@dataclass(frozen=True, slots=True)
class Logins:
    """The clusters to read, and the credentials for them.

    `clusters` is a kubeconfig, or a folder of kubeconfigs, for the fleet's clusters; `argocd` is NAMESPACE/INSTANCE of
    an Argo CD whose cluster Secrets are read; `kubeconfig` logs in to the cluster of this Argo CD, None uses the pod's
    service account.
    """

    clusters: Path | None
    argocd: str
    kubeconfig: Path | None


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command and return its exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m sixfold_generator.live", description="Read the live clusters once."
    )
    parser.add_argument("--state", type=Path, required=True, help="folder of the adopted state")
    parser.add_argument("--clusters", type=Path, help="kubeconfig, or folder of them, for the fleet's clusters")
    parser.add_argument(
        "--argocd", default="", metavar="NAMESPACE/INSTANCE", help="Argo CD whose cluster Secrets to read"
    )
    parser.add_argument("--kubeconfig", type=Path, help="login for those; default: the pod's service account")
    parser.add_argument("--deadline", type=float, default=60.0, help="seconds for all clusters together")
    options = parser.parse_args(arguments)
    _limit_memory()
    try:
        descriptor = os.open(options.state / "live.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)  # held until the process ends
    except BlockingIOError:
        return 0  # the process of another worker is reading
    except OSError as error:
        _print_line({"event": "live", "failed": (error.strerror or "error").lower()})
        return 2
    logins = Logins(options.clusters, options.argocd, options.kubeconfig)
    try:
        live = run_round(options.state, logins, options.deadline)
    except (OSError, DamagedError) as error:
        _print_line({"event": "live", "failed": type(error).__name__})
        return 2
    failing = sum(bool(reading.failing) for reading in live.clusters.values())
    absent = sum(state in {"no", "elsewhere"} for state in live.registration.clusters.values())
    _print_line({"event": "live", "clusters": len(live.clusters), "failing": failing, "unregistered": absent})
    return 0


def run_round(state: Path, logins: Logins, deadline: float) -> Live:
    """Read everything once, within `deadline` seconds, and write the record into the state folder.

    Raises OSError and `DamagedError` for a state folder that cannot be read or written.
    """
    snapshot = State(state).read()
    clusters = dict(snapshot.clusters) if snapshot is not None else {}
    before = read(state)
    capacities: Mapping[str, Capacity] = {}
    failures: dict[str, str] = {}
    if logins.clusters is not None and clusters:
        # Where a round cannot read all clusters, it renews the oldest readings.
        wanted = {key: clusters[key].server for key in sorted(clusters, key=lambda key: (_last_read(before, key), key))}
        try:
            readings = read_clusters(logins.clusters, wanted, deadline=deadline)
            capacities = readings.clusters
            failures = {key: diagnostic.message for key, diagnostic in readings.failed.items()}
        except DiagnosticError as error:
            failures = dict.fromkeys(clusters, str(error)[:900])
    registered = _registration(before, snapshot, logins)
    live = next_live(before, clusters, capacities, failures, registered, Instant.now())
    write(state, live)
    return live


def _last_read(before: Live | None, key: str) -> float:
    at = before.clusters[key].at if before is not None and key in before.clusters else None
    return at.seconds if at is not None else 0.0


def _registration(before: Live | None, snapshot: Snapshot | None, logins: Logins) -> Registration:
    """Read which clusters Argo CD knows; where that fails, keep the last registration and count the failure."""
    if not logins.argocd or snapshot is None:
        return Registration()
    namespace, _, instance = logins.argocd.partition("/")
    managed: list[Cluster] = managed_by(instance, snapshot.clusters)
    last = before.registration if before is not None else Registration()
    try:
        api = own_cluster(logins.kubeconfig)
        return registration(managed, read_registered(api, namespace), Instant.now())
    except ApiError as error:
        why = str(error)
    except DiagnosticError as error:
        why = str(error)[:900]
    kept = {cluster.key: last.clusters[cluster.key] for cluster in managed if cluster.key in last.clusters}
    return replace(last, clusters=kept, failing=last.failing + 1, why=why)


def _limit_memory() -> None:
    """Bound the memory of this process, and let the kernel end it before the workers when the pod's memory runs out."""
    soft, hard = resource.getrlimit(resource.RLIMIT_DATA)
    if soft == resource.RLIM_INFINITY or soft > MEMORY:
        resource.setrlimit(resource.RLIMIT_DATA, (MEMORY, hard))
    with contextlib.suppress(OSError):  # the file exists on Linux only
        Path("/proc/self/oom_score_adj").write_text("1000", "ascii")


def _print_line(line: Mapping[str, str | int]) -> None:
    sys.stdout.buffer.write(orjson.dumps(line) + b"\n")
    sys.stdout.buffer.flush()


if __name__ == "__main__":
    code = main()
    sys.stdout.flush()
    os._exit(code)  # threads that still wait for a login plugin are left behind; the watch ends their processes
