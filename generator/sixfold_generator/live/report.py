"""What is known live, as gauges for Prometheus and as reasons for readiness."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from prometheus_client.metrics_core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from sixfold_generator.live.record import Live

__all__ = ["LiveReadings", "reasons"]

Value = TypeVar("Value")
PREFIX = "sixfold_generator_cluster_"
SHOWN = 10  # clusters that a reason names
PATIENCE = 3  # rounds that may fail in a row before people should look
UNREGISTERED = {"no": "is not registered in Argo CD", "elsewhere": "is registered in Argo CD under another server"}


def reasons(live: Live | None) -> list[str]:
    """Why people should look. Argo CD freezes the Applications of an unregistered cluster by itself, and only those."""
    if live is None:
        return []
    absent = [
        f"SF843: cluster {key} {UNREGISTERED[how]}"
        for key, how in sorted(live.registration.clusters.items())
        if how in UNREGISTERED
    ]
    failing = [
        f"SF842: {one.why}" if key in one.why else f"SF842: cluster {key} cannot be read: {one.why}"
        for key, one in sorted(live.clusters.items())
        if one.failing >= PATIENCE
    ]
    if live.registration.failing >= PATIENCE:
        failing.append(f"SF842: Argo CD's cluster Secrets cannot be read: {live.registration.why}")
    return [*_cut(absent, "clusters that are not registered"), *_cut(failing, "clusters that cannot be read")]


def _cut(lines: list[str], what: str) -> list[str]:
    return [*lines[:SHOWN], *([f"and {len(lines) - SHOWN} more {what}"] if len(lines) > SHOWN else [])]


class LiveReadings(Collector):
    """One record as gauges; `known` are the adopted clusters: nothing else ever becomes a label."""

    def __init__(self, live: Live | None, known: Iterable[str]) -> None:
        self._live = live
        self._known = frozenset(known)

    def collect(self) -> Iterable[Metric]:
        """The gauges; none without a record."""
        live = self._live
        if live is None:
            return
        for kind, text in (
            ("allocatable", "Cores, bytes and pods that ready, schedulable nodes give."),
            ("requested", "Cores, bytes and pods that pods on nodes ask for."),
        ):
            gauge = GaugeMetricFamily(PREFIX + kind, text, labels=["cluster", "resource"])
            for key, one in self._ours(live.clusters):
                for resource, amount in one.amounts.get(kind, {}).items():
                    gauge.add_metric([key, resource], amount)
            yield gauge
        age = GaugeMetricFamily(PREFIX + "reading_age_seconds", "Age of the last good reading.", labels=["cluster"])
        failures = CounterMetricFamily(PREFIX + "reading_failures", "Readings that failed.", labels=["cluster"])
        for key, one in self._ours(live.clusters):
            if one.at is not None and (seconds := one.at.age()) is not None:
                age.add_metric([key], seconds)
            failures.add_metric([key], one.failures)
        yield age
        yield failures
        registered = GaugeMetricFamily(PREFIX + "registered", "1 when Argo CD knows its server.", labels=["cluster"])
        for key, how in self._ours(live.registration.clusters):
            registered.add_metric([key], float(how not in UNREGISTERED))
        yield registered

    def _ours(self, values: Mapping[str, Value]) -> list[tuple[str, Value]]:
        return [(key, values[key]) for key in sorted(values) if key in self._known]
