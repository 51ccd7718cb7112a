"""One round over the live clusters: `python -m sixfold_generator.live --state DIR …`.

Prints one JSON line, of counts only.

A short-lived process: whatever a client, a login plugin or an API server does to it, the workers never notice.
Exit codes: 0 done (readings may have failed: the file says which), 2 nothing could be read at all.
"""

from __future__ import annotations

import argparse
import contextlib
import fcntl
import os
import resource
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import orjson

from sixfold_compiler.diagnostics import DiagnosticError
from sixfold_compiler.live import ApiError, own_cluster, read_clusters, read_registered
from sixfold_generator.live.file import read, write
from sixfold_generator.live.record import Live, Registration
from sixfold_generator.live.rounds import expected, next_live, registration
from sixfold_generator.state.clock import Instant
from sixfold_generator.state.folder import State
from sixfold_generator.state.snapshot import DamagedError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sixfold_compiler.live import Capacity
    from sixfold_generator.state.snapshot import Cluster, Snapshot

__all__ = ["main", "once"]

MEMORY = 384 << 20  # bytes


def once(state: Path, live_kubeconfig: Path | None, argocd: str, kubeconfig: Path | None, deadline: float) -> Live:
    """Reads everything once, and leaves it in the state folder. Raises OSError and `DamagedError` for that folder."""
    snapshot = State(state).read()
    clusters = dict(snapshot.clusters) if snapshot is not None else {}
    before = read(state)
    capacities: Mapping[str, Capacity] = {}
    failed: dict[str, str] = {}
    if live_kubeconfig is not None and clusters:
        # Where not all can be read within one round, the oldest reading is renewed first.
        wanted = {key: clusters[key].server for key in sorted(clusters, key=lambda key: (_seconds(before, key), key))}
        try:
            found = read_clusters(live_kubeconfig, wanted, deadline=deadline)
            capacities, failed = found.clusters, {key: one.message for key, one in found.failed.items()}
        except DiagnosticError as error:
            failed = dict.fromkeys(clusters, str(error)[:900])
    live = next_live(
        before, clusters, capacities, failed, _registration(before, snapshot, argocd, kubeconfig), Instant.now()
    )
    write(state, live)
    return live


def _seconds(before: Live | None, key: str) -> float:
    at = before.clusters[key].at if before is not None and key in before.clusters else None
    return at.seconds if at is not None else 0.0


def _registration(before: Live | None, snapshot: Snapshot | None, argocd: str, kubeconfig: Path | None) -> Registration:
    if not argocd or snapshot is None:
        return Registration()
    namespace, _, instance = argocd.partition("/")
    ours: list[Cluster] = expected(snapshot.clusters, instance)
    last = before.registration if before is not None else Registration()
    try:
        api = own_cluster(kubeconfig)
        return registration(ours, read_registered(api, namespace), Instant.now())
    except ApiError as error:
        why = str(error)
    except DiagnosticError as error:
        why = str(error)[:900]
    still = {one.key: last.clusters[one.key] for one in ours if one.key in last.clusters}
    return replace(last, clusters=still, failing=last.failing + 1, why=why)


def main(arguments: Sequence[str] | None = None) -> int:
    """The command."""
    parser = argparse.ArgumentParser(
        prog="python -m sixfold_generator.live", description="Read the live clusters once."
    )
    parser.add_argument("--state", type=Path, required=True, help="folder of the adopted state")
    parser.add_argument("--clusters", type=Path, help="kubeconfig, or folder of them, for the fleet's clusters")
    parser.add_argument("--argocd", default="", metavar="NAMESPACE/INSTANCE", help="whose cluster Secrets to read")
    parser.add_argument("--kubeconfig", type=Path, help="login for those; default: the pod's service account")
    parser.add_argument("--deadline", type=float, default=60.0, help="seconds for all clusters together")
    options = parser.parse_args(arguments)
    _modest()
    try:
        descriptor = os.open(options.state / "live.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)  # held until we end
    except BlockingIOError:
        return 0  # another worker's process reads just now
    except OSError as error:
        return _said(event="live", failed=(error.strerror or "error").lower())
    try:
        live = once(options.state, options.clusters, options.argocd, options.kubeconfig, options.deadline)
    except (OSError, DamagedError) as error:
        return _said(event="live", failed=type(error).__name__)
    failing = sum(bool(one.failing) for one in live.clusters.values())
    absent = sum(one in {"no", "elsewhere"} for one in live.registration.clusters.values())
    _said(event="live", clusters=len(live.clusters), failing=failing, unregistered=absent)
    return 0


def _modest() -> None:
    """Whatever servers send, the memory of the pod belongs to the workers: ours is bounded, and we are ended first."""
    soft, hard = resource.getrlimit(resource.RLIMIT_DATA)
    if soft == resource.RLIM_INFINITY or soft > MEMORY:
        resource.setrlimit(resource.RLIMIT_DATA, (MEMORY, hard))
    with contextlib.suppress(OSError):  # not everywhere is Linux
        Path("/proc/self/oom_score_adj").write_text("1000", "ascii")


def _said(**line: object) -> int:
    sys.stdout.buffer.write(orjson.dumps(line) + b"\n")
    sys.stdout.buffer.flush()
    return 2


if __name__ == "__main__":
    code = main()
    sys.stdout.flush()
    os._exit(code)  # threads that still wait for a login plugin are left behind; the watch ends their processes
