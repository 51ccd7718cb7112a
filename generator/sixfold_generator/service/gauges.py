"""The health of the service as gauges for Prometheus."""

from __future__ import annotations

from typing import TYPE_CHECKING

from prometheus_client.metrics_core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from sixfold_generator.live.report import LiveGauges

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from sixfold_generator.service.health import Health

__all__ = ["HealthGauges"]

PREFIX = "sixfold_generator_"
MAX_TEAMS = 200  # held teams with series of their own
MAX_WAITING = 2000  # waiting units with series of their own; the status page lists all


class HealthGauges(Collector):
    """The gauges of one health."""

    def __init__(self, health: Health) -> None:
        self._health = health

    def collect(self) -> Iterable[Metric]:
        """Yield the gauges of the service, of its adopted state and of its live clusters."""
        yield from _service(self._health)
        yield from _adopted(self._health)
        yield from LiveGauges(self._health.live, self._health.clusters).collect()


def _service(health: Health) -> Iterator[Metric]:
    yield _gauge("ready", "1 when there is a list to answer from.", health.status != "unready")
    yield _gauge("degraded", "1 when people should look; see /readyz for why.", health.status == "degraded")
    yield _gauge("commit_refused", "1 when the tree as it is now was refused.", health.refused)
    yield _gauge("trusted_keys", "Keys of which one must have signed a tree; 0 if none must.", len(health.trusted))
    awaited = health.signature == "awaited"
    yield _gauge("signature_awaited", "1 when the tree as it is now has no signature yet.", awaited)
    yield _gauge("held_teams", "Teams that stay as they were adopted.", len(health.held))
    yield _gauge("waiting", "Units that stay as they were adopted because of held teams.", len(health.waiting))
    yield _gauge("snapshot_sequence", "Adoptions in this state folder.", health.sequence)
    if health.age is not None:
        yield _gauge("snapshot_age_seconds", "Time since the adoption, or since this worker saw it.", health.age)
    if health.looked is not None:
        yield _gauge("tree_looked_seconds", "Time since the last check of the tree.", health.looked)
    if health.persisted is not None:
        yield _gauge("state_persisted", "1 when the ConfigMaps of the state were last reached.", health.persisted)


def _adopted(health: Health) -> Iterator[Metric]:
    info = GaugeMetricFamily(PREFIX + "snapshot_info", "The adopted revision.", labels=["revision", "fleet"])
    info.add_metric([health.revision, health.fleet], 1)
    yield info
    held = GaugeMetricFamily(PREFIX + "held_drops", "Unapproved deletions of held teams.", labels=["team"])
    for team, hold in sorted(health.held.items())[:MAX_TEAMS]:
        held.add_metric([team], hold.drops)
    yield held
    yield from _budgets(health)
    waiting = GaugeMetricFamily(
        PREFIX + "waiting_unit", "1 for each waiting unit and team that it waits for.", labels=["unit", "team"]
    )
    for unit, teams in sorted(health.waiting.items())[:MAX_WAITING]:
        for team in teams:
            waiting.add_metric([unit, team], 1)
    yield waiting
    spent = GaugeMetricFamily(PREFIX + "spent_drops", "Recent deletions that budgets allowed.", labels=["team"])
    for team, count in sorted(health.spent.items())[:MAX_TEAMS]:
        spent.add_metric([team], count)
    yield spent
    sets = GaugeMetricFamily(PREFIX + "adopted_sets", "Parameter sets of the fleet.", labels=["unit"])
    for unit, count in health.sets.items():
        sets.add_metric([unit], count)
    yield sets


def _budgets(health: Health) -> Iterator[Metric]:
    """Yield two gauges for each exceeded budget of a held team: its limit, and the deletions that count against it."""
    labels = ["team", "environment", "kind"]
    budget = GaugeMetricFamily(PREFIX + "held_budget", "Exceeded budgets of held teams.", labels=labels)
    text = "Removals that exceed the budget, recent ones included."
    removals = GaugeMetricFamily(PREFIX + "held_removals", text, labels=labels)
    for team, hold in sorted(health.held.items())[:MAX_TEAMS]:
        for row in hold.rows:
            budget.add_metric([team, row.environment, row.kind], row.budget)
            removals.add_metric([team, row.environment, row.kind], row.removed + row.earlier)
    yield budget
    yield removals


def _gauge(name: str, text: str, value: float) -> Metric:
    gauge = GaugeMetricFamily(PREFIX + name, text)
    gauge.add_metric([], float(value))
    return gauge
