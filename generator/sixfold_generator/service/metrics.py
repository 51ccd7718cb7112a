"""Metrics for Prometheus: counters that all workers add up in one folder, and gauges of the current state.

Each worker takes the first free slot of the folder and continues from the numbers in it. So counters survive the
replacement of a worker, and the folder does not grow with the number of replacements.
"""

from __future__ import annotations

import fcntl
import os
import re
from pathlib import Path
from typing import TYPE_CHECKING

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest, values
from prometheus_client.metrics_core import CounterMetricFamily, Metric
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

from sixfold_compiler.diagnostics import Diagnostic, DiagnosticError, listed

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["DEATHS", "Metrics", "prepare"]

FOLDER = "PROMETHEUS_MULTIPROC_DIR"  # prometheus-client reads its folder from the environment only
DEATHS = "deaths"  # in the folder: one byte for each worker that died
SLOTS = 256  # workers at one time
BUCKETS = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 15.0)
APPLICATION_SET = re.compile(r"[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?")
MAX_APPLICATION_SETS = 500  # with series of their own; a client with a token can send any name
PREFIX = "sixfold_generator_"
# Files of the folder: prometheus-client's, workers' numbers, and the marks of workers that ended by themselves.
OWN = re.compile(rf"(counter|gauge_\w+|histogram|summary)_\d+\.db|slot-\d+|left-\d+|{DEATHS}")


def prepare(folder: Path) -> None:
    """Empty the folder and point prometheus-client at it. The first process calls this before it starts workers.

    Raises:
        DiagnosticError: SF830, the folder has files that no service left there. Nothing is deleted then.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        left = list(folder.iterdir())
    except OSError as error:
        text = f"SIXFOLD_METRICS is {folder}, which is no folder to write to: {error.strerror}"
        raise DiagnosticError(Diagnostic("SF830", text, help="set it to a folder that the service may write")) from None
    strangers = [path.name for path in left if not OWN.fullmatch(path.name) or path.is_dir()]
    if strangers:
        text = f"SIXFOLD_METRICS is {folder}, which holds {listed(sorted(strangers), 3)}: the service would delete this"
        raise DiagnosticError(Diagnostic("SF830", text, help="set it to a folder that nothing else uses"))
    for path in left:
        path.unlink(missing_ok=True)
    os.environ[FOLDER] = str(folder)


class Metrics:
    """The metrics of one worker. `render` returns those of all workers; without `prepare`, of this process alone."""

    def __init__(self) -> None:
        self._folder = Path(os.environ[FOLDER]) if FOLDER in os.environ else None
        if self._folder is not None:
            slot = _slot(self._folder)
            # prometheus-client documents this for numbering processes by something else than their id.
            values.ValueClass = values.MultiProcessValue(process_identifier=lambda: slot)  # type: ignore[no-untyped-call]
        self._own = CollectorRegistry()
        self._names: set[str] = set()
        self._requests = Counter(PREFIX + "requests", "Plugin requests by outcome.", ["outcome"], registry=self._own)
        self._seconds = Histogram(
            PREFIX + "request_seconds", "Time to answer a plugin request.", buckets=BUCKETS, registry=self._own
        )
        self._bytes = Counter(PREFIX + "response_bytes", "Bytes of answers.", registry=self._own)
        self._sets = Gauge(
            PREFIX + "parameter_sets",
            "Parameter sets in the last answer to an ApplicationSet.",
            ["application_set"],
            registry=self._own,
            multiprocess_mode="mostrecent",
        )
        self._adoptions = Counter(PREFIX + "adoptions", "Adoption runs by outcome.", ["outcome"], registry=self._own)
        self._failures = Counter(
            PREFIX + "authentication_failures", "Requests without a valid token.", registry=self._own
        )
        self._dropped = Counter(
            PREFIX + "connections_dropped", "Connections of slow clients, by reason.", ["reason"], registry=self._own
        )

    def dropped(self, reason: str) -> None:
        """Count a connection that was closed: `slow`, a request that took too long; `too-many`, the oldest of many."""
        self._dropped.labels(reason).inc()

    def request(self, outcome: str, seconds: float, size: int) -> None:
        """Count one plugin request: its duration in seconds, the bytes of its reply."""
        self._requests.labels(outcome).inc()
        self._seconds.observe(seconds)
        self._bytes.inc(size)
        if outcome == "unauthorized":
            self._failures.inc()

    def sets(self, application_set: str, count: int) -> None:
        """Set the number of parameter sets in the last answer to an ApplicationSet."""
        name = application_set if APPLICATION_SET.fullmatch(application_set) else "invalid"
        if name not in self._names and len(self._names) >= MAX_APPLICATION_SETS:
            name = "other"
        self._names.add(name)
        self._sets.labels(name).set(count)

    def adoption(self, outcome: str) -> None:
        """Count one run of the adopter."""
        self._adoptions.labels(outcome).inc()

    def render(self, gauges: Collector) -> bytes:
        """Return the counters of all workers and the values of `gauges` in Prometheus' text format."""
        registry = CollectorRegistry()
        registry.register(gauges)
        if self._folder is None:
            return generate_latest(registry) + generate_latest(self._own)
        MultiProcessCollector(registry, path=str(self._folder))  # type: ignore[no-untyped-call]
        registry.register(_Deaths(self._folder))
        return generate_latest(registry)


class _Deaths(Collector):
    def __init__(self, folder: Path) -> None:
        self._file = folder / DEATHS

    def collect(self) -> Iterable[Metric]:
        deaths = CounterMetricFamily(PREFIX + "worker_deaths", "Workers that died instead of being replaced.")
        deaths.add_metric([], self._file.stat().st_size if self._file.exists() else 0)
        yield deaths


def _slot(folder: Path) -> int:
    """Take the first number that no living worker holds. The kernel frees the lock at the end of the process."""
    for number in range(SLOTS):
        descriptor = os.open(folder / f"slot-{number}", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(descriptor)
        else:
            return number
    return os.getpid()
