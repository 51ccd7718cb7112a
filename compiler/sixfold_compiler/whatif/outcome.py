"""The outcome of a scenario: the load of every app on every cluster, with sums by cluster and by team."""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction
from typing import TYPE_CHECKING

from sixfold_compiler.model.addresses import is_within
from sixfold_compiler.model.quantities import Resources

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from sixfold_compiler.model.addresses import Cell, Target
    from sixfold_compiler.whatif.scenario import Scenario

__all__ = ["REASONS", "CellOutcome", "ClusterLoad", "Outcome", "Piece", "Stop", "TeamLoad", "amount_of"]

NONE = Fraction(0)
# The reasons for which a cluster does not carry load, in the order in which they are applied.
REASONS = ("fixed", "maximum", "quota", "preempted", "pending")


@dataclass(frozen=True, slots=True)
class Piece:
    """The load of one app on one cluster, in exact fractions of pods.

    Attributes:
        before: The load without a loss, at load 1.
        asked: The load that traffic brings in the scenario; zero on a lost cluster.
        fixed: The part beyond a fixed number of replicas, which the running pods carry in addition.
        maximum: The part beyond the autoscaler's maximum on the cluster.
        quota: The part beyond the team's quota on the cluster.
        preempted: The part of running pods that are preempted by a higher tier.
        pending: The part of new pods for which the cluster has no room.
    """

    team: str
    app: str
    tier: str
    spread: str
    cluster: str
    pod: Resources
    before: Fraction
    asked: Fraction
    fixed: Fraction = NONE
    maximum: Fraction = NONE
    quota: Fraction = NONE
    preempted: Fraction = NONE
    pending: Fraction = NONE

    @property
    def admitted(self) -> Fraction:
        """The load in pods that the scheduler has to place."""
        total = self.asked
        for part in (self.fixed, self.maximum, self.quota):
            if part is not NONE:  # nearly always it is: arithmetic with fractions is slow
                total -= part
        return total

    @property
    def running(self) -> Fraction:
        """The load in pods that the cluster carries."""
        total = self.admitted
        for part in (self.preempted, self.pending):
            if part is not NONE:
                total -= part
        return total

    @property
    def refused(self) -> Fraction:
        """The load that is not carried. `fixed` does not count, because a fixed number of pods carries all load."""
        return sum((p for p in (self.maximum, self.quota, self.preempted, self.pending) if p is not NONE), NONE)

    @property
    def settled(self) -> bool:
        """True if the load is the same as before and no limit has reduced it."""
        return self.asked is self.before and self.fixed is self.maximum is self.quota is NONE


@dataclass(frozen=True, slots=True)
class Stop:
    """An app that no cluster of the data center runs after the loss.

    `pods` is the load that is lost with it, in pods. `claims` is true if its data was in volumes of the lost cluster.
    """

    team: str
    app: str
    tier: str
    spread: str
    cluster: str
    pod: Resources
    pods: Fraction
    claims: bool


@dataclass(frozen=True, slots=True)
class CellOutcome:
    """The outcome of one data center. Load that other data centers take over is in their pieces, not in its stops."""

    cell: Cell
    lost: frozenset[str]
    pieces: tuple[Piece, ...]
    stops: tuple[Stop, ...]


@dataclass(frozen=True, slots=True)
class ClusterLoad:
    """The load of one cluster before and after a scenario. Amounts are by tier of the app.

    `before` is the load without a loss at load 1, and `after` the load that runs. `preempted`, `pending` and `over`
    (beyond a maximum or quota) are not carried; `fixed` is carried in addition by the running pods.
    """

    capacity: Resources
    room: Resources
    lost: bool
    before: Mapping[str, Resources]
    after: Mapping[str, Resources]
    preempted: Mapping[str, Resources] = field(default_factory=dict)
    pending: Mapping[str, Resources] = field(default_factory=dict)
    over: Mapping[str, Resources] = field(default_factory=dict)
    fixed: Mapping[str, Resources] = field(default_factory=dict)

    def total(self, which: str) -> Resources:
        """Return the sum over all tiers of the amount named `which`."""
        return sum(getattr(self, which).values(), Resources())

    def fullness(self, which: str = "after") -> float:
        """Return the used fraction of the capacity in the fullest resource (1.0: all of it)."""
        return self.total(which).fraction_of(self.capacity)


@dataclass(frozen=True, slots=True)
class TeamLoad:
    """The load of a team in a data center, summed over its clusters.

    `pods` is the load that traffic brings, in exact fractions of pods; `refused` is the part that is not carried, by
    the names of `REASONS` and `stopped`.
    """

    cell: Cell
    team: str
    tier: str
    before: Resources
    asked: Resources
    running: Resources
    refused: Mapping[str, Fraction]
    pods: Fraction


@dataclass(frozen=True, slots=True)
class Outcome:
    """The outcome of a scenario for all data centers and clusters of a fleet."""

    scenario: Scenario
    cells: Mapping[Cell, CellOutcome]
    clusters: Mapping[Target, ClusterLoad]

    @property
    def changed(self) -> set[Cell]:
        """The data centers in which anything is lost, stops, is not carried, or has another load than before."""
        return {
            cell
            for cell, outcome in self.cells.items()
            if outcome.lost or outcome.stops or any(p.asked != p.before or p.refused for p in outcome.pieces)
        }

    def within(self, place: str) -> Outcome:
        """Return the outcome limited to `place`, an environment or `env/dc`."""
        return Outcome(
            self.scenario,
            {cell: outcome for cell, outcome in self.cells.items() if is_within(cell, place)},
            {target: load for target, load in self.clusters.items() if is_within(target.cell, place)},
        )

    def stops(self) -> Iterator[tuple[Cell, Stop]]:
        """Yield each app that stops, with its data center."""
        for cell, outcome in self.cells.items():
            for stop in outcome.stops:
                yield cell, stop

    def teams(self) -> list[TeamLoad]:
        """Return the load of every team in every data center."""
        return [load for outcome in self.cells.values() for load in _teams(outcome)]


def amount_of(parts: Iterable[tuple[Fraction, Resources]]) -> Resources:
    """Return the sum of number of pods times requests of a pod, computed exactly and rounded up once."""
    sums: dict[int, list[int]] = {}  # by denominator, of which there are few: adding fractions one by one is slow
    for pods, pod in parts:
        number = pods.numerator
        if number:
            into = sums.setdefault(pods.denominator, [0, 0, 0])
            into[0] += number * pod.cpu
            into[1] += number * pod.memory
            into[2] += number * pod.pods
    cpu, memory, count = (sum((Fraction(v[i], d) for d, v in sums.items()), NONE) for i in range(3))
    return Resources(-(-cpu // 1), -(-memory // 1), -(-count // 1))


def _teams(outcome: CellOutcome) -> Iterator[TeamLoad]:
    pieces: dict[str, list[Piece]] = {}
    stops: dict[str, list[Stop]] = {}
    for piece in outcome.pieces:
        pieces.setdefault(piece.team, []).append(piece)
    for stop in outcome.stops:
        stops.setdefault(stop.team, []).append(stop)
    for team in sorted({*pieces, *stops}):
        own, gone = pieces.get(team, []), stops.get(team, [])
        refused = {name: total for name in REASONS if (total := sum((getattr(p, name) for p in own), NONE))}
        if stopped := sum((s.pods for s in gone), NONE):
            refused["stopped"] = stopped
        yield TeamLoad(
            outcome.cell,
            team,
            min([*(p.tier for p in own), *(s.tier for s in gone)]),
            amount_of((p.before, p.pod) for p in own),
            amount_of([*((p.asked, p.pod) for p in own), *((s.pods, s.pod) for s in gone)]),
            amount_of((p.running, p.pod) for p in own),
            refused,
            sum((p.asked for p in own), NONE) + stopped,
        )
