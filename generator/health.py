"""How the service is: one reading of what is adopted and how the last adoption went, for probes, metrics and people."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from prometheus_client.metrics_core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from generator.attempt import Attempt
from generator.live.report import LiveReadings
from generator.live.report import reasons as live_reasons

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from generator.adopted import Adopted
    from generator.live.record import Live
    from generator.snapshot import Hold
    from generator.watch import Watch

__all__ = ["Health", "Readings", "look"]

PREFIX = "sixfold_generator_"
MAX_TEAMS = 200  # series of held teams


@dataclass(frozen=True, slots=True)
class Health:
    """`status` is ready, degraded (answers go on, people should look) or unready (nothing to answer from).

    `spent` counts, by team, what budgets let go lately.
    """

    status: str
    reasons: tuple[str, ...]
    revision: str
    sequence: int
    fleet: str
    age: float | None
    looked: float | None
    held: Mapping[str, Hold]
    spent: Mapping[str, int]
    pinned: tuple[str, ...]
    sets: Mapping[str, int]
    retired: tuple[str, ...]
    refused: bool
    persisted: bool | None = None  # whether the ConfigMaps were reached last; None when the state is a folder
    live: Live | None = None
    clusters: tuple[str, ...] = ()

    def document(self) -> dict[str, Any]:
        """As JSON data, ages in whole seconds."""
        return {
            "status": self.status,
            "reasons": self.reasons,
            "fleet": self.fleet,
            "revision": self.revision,
            "sequence": self.sequence,
            "ageSeconds": None if self.age is None else int(self.age),
            "lookedSecondsAgo": None if self.looked is None else int(self.looked),
            "held": {team: list(hold.reasons) for team, hold in self.held.items()},
            "heldBudgets": [row for hold in self.held.values() for row in hold.rows],
            "spentDrops": dict(self.spent),
            "pinnedClusters": self.pinned,
            "parameterSets": self.sets,
            "retiredTeams": self.retired,
        }


def look(
    adopted: Adopted, watch: Watch | None, stale_seconds: float, *, mirrored: bool = False, live: Live | None = None
) -> Health:
    """The health now. Reads the state, changes nothing. `mirrored`: the state is persisted in ConfigMaps."""
    catalog = adopted.peek()
    attempt = Attempt.read(adopted.state.attempt)
    problems = [f"{one.code}: {one.message}" for one in attempt.problems] if attempt is not None else []
    refused = attempt is not None and attempt.outcome in {"refused", "failed"}
    looked = watch.looked.age() if watch is not None and watch.looked is not None else None
    reasons = [adopted.damage] if adopted.damage else []
    reasons += problems
    last = Attempt.read(adopted.state.persisted) if mirrored else None
    if last is not None:
        reasons += [f"{one.code}: {one.message}" for one in last.problems]
    if watch is not None:
        reasons += [text for one in watch.problems if (text := f"{one.code}: {one.message}") not in reasons]
        if looked is not None and looked > stale_seconds:
            reasons.append("the tree was not looked at for too long")
    reasons += live_reasons(live)
    persisted = last.outcome == "persisted" if last is not None else None
    if catalog is None:
        return Health(
            "unready",
            tuple(reasons) or ("nothing is adopted yet",),
            revision="",
            sequence=0,
            fleet="",
            age=None,
            looked=looked,
            held={},
            spent={},
            pinned=(),
            sets={},
            retired=(),
            refused=refused,
            persisted=persisted,
        )
    snapshot = catalog.snapshot
    age = attempt.at.age() if attempt is not None and attempt.outcome == "adopted" else adopted.since.age()
    return Health(
        status="degraded" if reasons else "ready",
        reasons=tuple(reasons),
        revision=catalog.revision,
        sequence=snapshot.sequence,
        fleet=snapshot.fleet,
        age=age,
        looked=looked,
        held=snapshot.held,
        spent=Counter(one.drop.team for one in snapshot.spent),
        pinned=snapshot.pinned,
        sets=catalog.sizes,
        retired=tuple(sorted(snapshot.retired)),
        refused=refused,
        persisted=persisted,
        live=live,
        clusters=tuple(snapshot.clusters),
    )


class Readings(Collector):
    """One health as gauges."""

    def __init__(self, health: Health) -> None:
        self._health = health

    def collect(self) -> Iterable[Metric]:
        """The gauges."""
        health = self._health
        yield _gauge("ready", "1 when there is a list to answer from.", health.status != "unready")
        yield _gauge("degraded", "1 when people should look; see /readyz for why.", health.status == "degraded")
        yield _gauge("commit_refused", "1 when the tree as it is now was refused.", health.refused)
        yield _gauge("held_teams", "Teams that stay as they were adopted.", len(health.held))
        yield _gauge("snapshot_sequence", "Adoptions in this state folder.", health.sequence)
        if health.age is not None:
            yield _gauge("snapshot_age_seconds", "Time since the adoption, or since this worker saw it.", health.age)
        if health.looked is not None:
            yield _gauge("tree_looked_seconds", "Time since the tree was last looked at.", health.looked)
        if health.persisted is not None:
            yield _gauge("state_persisted", "1 when the ConfigMaps of the state were last reached.", health.persisted)
        info = GaugeMetricFamily(PREFIX + "snapshot_info", "What is adopted.", labels=["revision", "fleet"])
        info.add_metric([health.revision, health.fleet], 1)
        yield info
        held = GaugeMetricFamily(PREFIX + "held_drops", "Refused shrinks: what vanishes unapproved.", labels=["team"])
        for team, hold in sorted(health.held.items())[:MAX_TEAMS]:
            held.add_metric([team], hold.drops)
        yield held
        yield from _budgets(health)
        spent = GaugeMetricFamily(PREFIX + "spent_drops", "What budgets let go lately.", labels=["team"])
        for team, count in sorted(health.spent.items())[:MAX_TEAMS]:
            spent.add_metric([team], count)
        yield spent
        sets = GaugeMetricFamily(PREFIX + "adopted_sets", "Parameter sets of the whole fleet.", labels=["unit"])
        for unit, count in health.sets.items():
            sets.add_metric([unit], count)
        yield sets
        yield from LiveReadings(health.live, health.clusters).collect()


def _budgets(health: Health) -> Iterable[Metric]:
    """The budgets that hold teams back: what they are, and what would go."""
    labels = ["team", "environment", "kind"]
    budget = GaugeMetricFamily(PREFIX + "held_budget", "Budgets that hold a team back.", labels=labels)
    removals = GaugeMetricFamily(PREFIX + "held_removals", "What would go, and went lately, of those.", labels=labels)
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
