"""The record of the live clusters as gauges for Prometheus and as reasons of a degraded service."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from prometheus_client.metrics_core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from sixfold_generator.live.record import Amounts, Live, Reading

__all__ = ["LiveGauges", "reasons"]

Value = TypeVar("Value")
PREFIX = "sixfold_generator_cluster_"
SHOWN = 10  # clusters that are named as reasons
PATIENCE = 3  # failed rounds in a row, after which the service is degraded
UNREGISTERED = {"no": "is not registered in Argo CD", "elsewhere": "is registered in Argo CD under another server"}


def reasons(live: Live | None) -> list[str]:
    """Return the problems of the live clusters that need attention, at most `SHOWN` of each kind.

    Argo CD freezes the Applications of an unregistered cluster by itself, and no others.
    """
    if live is None:
        return []
    absent = [
        f"SF843: cluster {key} {UNREGISTERED[state]}"
        for key, state in sorted(live.registration.clusters.items())
        if state in UNREGISTERED
    ]
    failing = [
        f"SF842: {reading.why}" if key in reading.why else f"SF842: cluster {key} cannot be read: {reading.why}"
        for key, reading in sorted(live.clusters.items())
        if reading.failing >= PATIENCE
    ]
    if live.registration.failing >= PATIENCE:
        failing.append(f"SF842: Argo CD's cluster Secrets cannot be read: {live.registration.why}")
    return [*_first(absent, "clusters that are not registered"), *_first(failing, "clusters that cannot be read")]


def _first(lines: list[str], what: str) -> list[str]:
    return [*lines[:SHOWN], *([f"and {len(lines) - SHOWN} more {what}"] if len(lines) > SHOWN else [])]


class LiveGauges(Collector):
    """The gauges of one record. Only the keys in `adopted` become labels, whatever the record holds."""

    def __init__(self, live: Live | None, adopted: Iterable[str]) -> None:
        self._live = live
        self._adopted = frozenset(adopted)

    def collect(self) -> Iterable[Metric]:
        """Yield the gauges; none without a record."""
        live = self._live
        if live is None:
            return
        readings = self._of_adopted(live.clusters)
        text = "Cores, bytes and pods that ready, schedulable nodes give."
        yield _amounts("allocatable", text, readings, lambda reading: reading.allocatable)
        text = "Cores, bytes and pods that pods on nodes ask for."
        yield _amounts("requested", text, readings, lambda reading: reading.requested)
        yield from _freshness(readings)
        registered = GaugeMetricFamily(PREFIX + "registered", "1 when Argo CD knows its server.", labels=["cluster"])
        for key, state in self._of_adopted(live.registration.clusters):
            registered.add_metric([key], float(state not in UNREGISTERED))
        yield registered

    def _of_adopted(self, values: Mapping[str, Value]) -> list[tuple[str, Value]]:
        return [(key, values[key]) for key in sorted(values) if key in self._adopted]


def _amounts(
    name: str, text: str, readings: list[tuple[str, Reading]], amounts_of: Callable[[Reading], Amounts | None]
) -> Metric:
    gauge = GaugeMetricFamily(PREFIX + name, text, labels=["cluster", "resource"])
    for key, reading in readings:
        if (amounts := amounts_of(reading)) is not None:
            gauge.add_metric([key, "cpu"], amounts.cpu)
            gauge.add_metric([key, "memory"], amounts.memory)
            gauge.add_metric([key, "pods"], amounts.pods)
    return gauge


def _freshness(readings: list[tuple[str, Reading]]) -> Iterator[Metric]:
    age = GaugeMetricFamily(PREFIX + "reading_age_seconds", "Age of the last good reading.", labels=["cluster"])
    failures = CounterMetricFamily(PREFIX + "reading_failures", "Readings that failed.", labels=["cluster"])
    for key, reading in readings:
        if reading.at is not None and (seconds := reading.at.age()) is not None:
            age.add_metric([key], seconds)
        failures.add_metric([key], reading.failures)
    yield age
    yield failures
